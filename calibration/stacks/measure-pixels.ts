import type { KernelPixels } from '../../lib/frame/pixel-data.js'
import { measureFrameF32 } from '../../lib/kernels/measure-frame-f32.js'
import { measureFrameU16 } from '../../lib/kernels/measure-frame-u16.js'
import { stackSpace } from './stack-space.js'
import type { StackSpace } from './stack-space.js'

/** The blocks of `measureFrameU16`. */
const BLOCK = 65_536

/** Whole-frame figures as `measureFrameU16` and `measureFrameF32` give them, by SIMD where that can be had. */
export function measurePixels(pixels: KernelPixels, near: number, saturation: number, out: Float64Array): void {
  if (!(pixels instanceof Uint16Array)) return measureFrameF32(pixels, near, saturation, out)
  const space = stackSpace()
  const above = Math.min(65_535, Math.floor(near))
  const top = Math.min(65_535, Math.ceil(saturation) - 1)
  if (space === null || !(above >= 0 && top >= 0)) return measureFrameU16(pixels, near, saturation, out)
  if (!measureBlocks(space, pixels, above, top, out)) measureFrameU16(pixels, near, saturation, out)
}

function measureBlocks({ kernels, room }: StackSpace, pixels: Uint16Array, near: number, top: number, out: Float64Array): boolean {
  const given = room(BLOCK * 2 + 64)
  if (given === null) return false
  const { buffer, start } = given
  const sums = new Float64Array(buffer, start, 2)
  const figures = new Int32Array(buffer, start + 16, 5)
  const block = new Uint16Array(buffer, start + 64, BLOCK)
  sums.fill(0)
  figures.set([65_535, -1, 0, 0, 0])
  const pivot = pixels[0]
  for (let from = 0; from < pixels.length; from += BLOCK) {
    const part = pixels.subarray(from, from + BLOCK)
    block.set(part)
    kernels.measureBlockU16(start + 64, part.length, pivot, near, top, start)
  }
  out.set([sums[0], sums[1], pivot, figures[0], figures[1], figures[2], figures[3], 0, figures[4]])
  return true
}
