import type { KernelPixels } from '../../lib/frame/pixel-data.js'
import { countBelowF32 } from '../../lib/kernels/stack/count-below-f32.js'
import { countBelowU16 } from '../../lib/kernels/stack/count-below-u16.js'
import { stackRoom } from './stack-room.js'
import type { PlacedFrame } from './stack-store.js'

const BLOCK = 65_536

/**
 * How many pixels lie below those of a map, by SIMD where that can be had.
 * @param placed where the pixels stand in the memory of the kernels, and the map as what is subtracted; null: not there
 */
export function countBelow(pixels: KernelPixels, map: Float32Array, placed: PlacedFrame | null = null): number {
  if (!(pixels instanceof Uint16Array)) return countBelowF32(pixels, map)
  if (placed !== null) return countPlaced(placed, pixels.length)
  const room = stackRoom(BLOCK * 6)
  if (room === null) return countBelowU16(pixels, map)
  const block = new Uint16Array(room.buffer, room.start, BLOCK)
  const limits = new Float32Array(room.buffer, room.start + BLOCK * 2, BLOCK)
  let below = 0
  for (let from = 0; from < pixels.length; from += BLOCK) {
    const part = pixels.subarray(from, from + BLOCK)
    block.set(part)
    limits.set(map.subarray(from, from + part.length))
    // What fills the last block up is below nothing.
    const whole = Math.ceil(part.length / 8) * 8
    limits.fill(0, part.length, whole)
    below += room.kernels.countBelowU16(room.start, room.start + BLOCK * 2, whole)
  }
  return below
}

function countPlaced({ space, at, base }: PlacedFrame, length: number): number {
  const whole = Math.ceil(length / 8) * 8
  let below = 0
  for (let from = 0; from < whole; from += BLOCK) {
    below += space.kernels.countBelowU16(at + 2 * from, base + 4 * from, Math.min(BLOCK, whole - from))
  }
  return below
}
