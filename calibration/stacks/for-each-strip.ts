import { stackRoom } from './stack-room.js'
import type { KernelExports } from '../../lib/kernels/simd/kernel-exports.js'

/** What stands in the memory of the kernels for one strip: byte offsets. */
export interface PlacedStrip {
  readonly kernels: KernelExports
  readonly raw: number
  /** Bytes from one frame to the next. */
  readonly stride: number
  readonly count: number
  /** One per map that is wanted, float32. */
  readonly out: readonly number[]
  /** 64 bytes per frame and one more. */
  readonly scratch: number
  /** The extra words of the call. */
  readonly words: number
}

/** Pixels of a strip: 32 frames of it, and the results, stay in the second-level cache. */
const PIXELS = 4096

/**
 * Run a SIMD kernel over all pixels of a stack, strip by strip; the results of each go into `maps`.
 * @param words what the kernel wants beside, put where `words` says
 * @returns false when the kernels cannot be had: nothing was done then
 */
export function forEachStrip(
  frames: readonly Uint16Array[],
  maps: readonly Float32Array[],
  words: Uint32Array,
  run: (strip: PlacedStrip) => void
): boolean {
  // Odd in lines of the cache: frames a power of two apart would all want the same few of them.
  const stride = 2 * PIXELS + 64
  const rawBytes = stride * frames.length
  const scratchBytes = 64 * (frames.length + 1)
  const wordBytes = Math.ceil(words.byteLength / 64) * 64
  const room = stackRoom(rawBytes + scratchBytes + wordBytes + maps.length * 4 * PIXELS)
  if (room === null) return false
  const scratch = room.start + rawBytes
  const wordsAt = scratch + scratchBytes
  const out = maps.map((_, k) => wordsAt + wordBytes + k * 4 * PIXELS)
  const raw = new Uint16Array(room.buffer, room.start, rawBytes / 2)
  const results = out.map((at) => new Float32Array(room.buffer, at, PIXELS))
  new Uint32Array(room.buffer, wordsAt, words.length).set(words)
  for (let start = 0; start < frames[0].length; start += PIXELS) {
    const count = Math.min(PIXELS, frames[0].length - start)
    for (let t = 0; t < frames.length; t++) raw.set(frames[t].subarray(start, start + count), (t * stride) / 2)
    run({ kernels: room.kernels, raw: room.start, stride, count, out, scratch, words: wordsAt })
    for (let k = 0; k < maps.length; k++) maps[k].set(results[k].subarray(0, count), start)
  }
  return true
}
