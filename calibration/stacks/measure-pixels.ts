import type { KernelPixels } from '../../lib/frame/pixel-data.js'
import { measureFrameF32 } from '../../lib/kernels/stack/measure-frame-f32.js'
import { measureFrameU16 } from '../../lib/kernels/stack/measure-frame-u16.js'
import { stackRoom } from './stack-room.js'
import type { PlacedFrame } from './stack-store.js'

/** The blocks of `measureFrameU16`. */
const BLOCK = 65_536
/** What the kernel writes stands before the pixels. */
const HEAD = 128

/**
 * Whole-frame figures as `measureFrameU16` and `measureFrameF32` give them, by SIMD where that can be had.
 * @param placed where the pixels stand in the memory of the kernels; null: not there
 */
export function measurePixels(
  pixels: KernelPixels,
  near: number,
  saturation: number,
  out: Float64Array,
  placed: PlacedFrame | null = null
): void {
  if (!(pixels instanceof Uint16Array)) return measureFrameF32(pixels, near, saturation, out)
  // The smallest integers that count; 65 536 is reached by none.
  const from = Math.min(65_536, Math.floor(near) + 1)
  const top = Math.min(65_536, Math.ceil(saturation))
  if (placed !== null && from >= 0 && top >= 0) return measurePlaced(placed, pixels, from, top, out)
  if (!(from >= 0 && top >= 0)) return measureFrameU16(pixels, near, saturation, out)
  if (!measureBlocks(pixels, from, top, out)) measureFrameU16(pixels, near, saturation, out)
}

function measurePlaced({ space, at, scratch }: PlacedFrame, pixels: Uint16Array, near: number, top: number, out: Float64Array): void {
  const whole = Math.ceil(pixels.length / 8) * 8
  const figures = beginFigures(space.memory.buffer, scratch)
  for (let from = 0; from < whole; from += BLOCK) {
    space.kernels.measureBlockU16(at + 2 * from, Math.min(BLOCK, whole - from), pixels[0], near, top, scratch)
  }
  endFigures(figures, pixels, near, top, out)
}

function measureBlocks(pixels: Uint16Array, near: number, top: number, out: Float64Array): boolean {
  const given = stackRoom(HEAD + BLOCK * 2)
  if (given === null) return false
  const { kernels, buffer, start } = given
  const figures = beginFigures(buffer, start)
  const block = new Uint16Array(buffer, start + HEAD, BLOCK)
  const pivot = pixels[0]
  for (let from = 0; from < pixels.length; from += BLOCK) {
    const part = pixels.subarray(from, from + BLOCK)
    block.set(part)
    const whole = Math.ceil(part.length / 8) * 8
    block.fill(pivot, part.length, whole)
    kernels.measureBlockU16(start + HEAD, whole, pivot, near, top, start)
  }
  endFigures(figures, pixels, near, top, out)
  return true
}

/** What `measureBlockU16` adds to. */
interface BlockFigures {
  readonly sums: Float64Array
  readonly counts: Int32Array
}

function beginFigures(buffer: ArrayBufferLike, start: number): BlockFigures {
  const sums = new Float64Array(buffer, start, 2).fill(0)
  const counts = new Int32Array(buffer, start + 16, 5)
  counts.set([65_535, -1, 0, 0, 0])
  return { sums, counts }
}

/** The last block was filled up with the first pixel, the pivot, which is nothing about itself and neither a new extreme. */
function endFigures({ sums, counts: found }: BlockFigures, pixels: Uint16Array, near: number, top: number, out: Float64Array): void {
  const pivot = pixels[0]
  const more = -pixels.length & 7
  const [lowest, highest, atHighest, nearly, saturated] = found
  const atLeast = (level: number): number => (pivot >= level ? more : 0)
  const counts = [atHighest - atLeast(highest), nearly - atLeast(near), 0, saturated - atLeast(top)]
  out.set([sums[0] - more * pivot, sums[1], pivot, lowest, highest, ...counts])
}
