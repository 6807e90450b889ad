import { OptionError } from '../lib/errors.js'
import type { RawFrame } from '../lib/frame/raw-frame.js'
import type { CombinePlan } from '../lib/kernels/stack/combine-pixel.js'
import { combineTile } from '../lib/kernels/stack/combine-tile.js'
import { gatherTileU16 } from '../lib/kernels/stack/gather-tile-u16.js'
import type { PixelMap } from '../lib/maps/maps.js'
import { assertPlainStack } from './stacks/assert-plain-stack.js'
import { createStripCombiner } from './stacks/create-strip-combiner.js'
import { resolveCombine } from './stacks/resolve-combine.js'

/** Options of {@link clippedMeanOfStack}. */
export interface ClippedMeanOptions {
  /** Sigma beyond which a value is left out, 1 or more. @default 4 */
  readonly kappa?: number
  /** Times that all values are judged, 1 or more. @default 2 */
  readonly passes?: number
}

/** Mean of every pixel of a stack without the values that were clipped. */
export interface ClippedMean {
  /** DN. */
  readonly mean: PixelMap
  /** Frames that the mean of each pixel is made of; row-major, as the map. */
  readonly used: Uint16Array
}

/** Pixels that the TypeScript kernels combine at a time: their frames stay in the first-level cache. */
const TILE = 128

/**
 * Sigma-clipped mean of every pixel over u16 frames in memory, by the definition that `calibrate` combines frames with: the first pass
 * leaves out what lies more than kappa * max(0.5 DN, 1.4826 * MAD) from the median, the others more than kappa * max(0.5 DN, sd) from the
 * mean of what the pass before has kept, each judging all values anew. Nothing is judged as a frame or levelled: for maps of a panel use
 * `buildOffsetMap` and `buildGainMap`. With few frames little can be clipped: from 8 on it tells an outlier from noise.
 * @param frames 1 to 32 767 frames of one shape [rows, cols], raw DN
 * @returns mean, DN, [rows, cols], and the number of frames in it per pixel, 1 to the number of frames
 * @throws {StackError} ERR_STACK for another number of frames
 * @throws {ShapeError} ERR_SHAPE when shapes differ
 * @throws {OptionError} ERR_OPTION for pixels that are not u16, and options out of their range
 */
export function clippedMeanOfStack(frames: readonly RawFrame[], options: ClippedMeanOptions = {}): ClippedMean {
  const { kappa = 4, passes = 2 } = options
  if (!(kappa >= 1)) throw new OptionError({ subject: 'option "kappa"', expected: 'a number from 1 on', received: String(kappa) })
  if (!(Number.isSafeInteger(passes) && passes >= 1)) {
    throw new OptionError({ subject: 'option "passes"', expected: 'a whole number from 1 on', received: String(passes) })
  }
  const pixels = assertPlainStack(frames)
  const { shape } = frames[0]
  const mean = new Float32Array(pixels[0].length)
  const used = new Uint16Array(pixels[0].length)
  const plan = { ...resolveCombine('clip', frames.length).plan, kappa, passes }
  if (!combineStrips(pixels, plan, mean, used)) combineTiles(pixels, plan, mean, used)
  return { mean: { data: mean, shape }, used }
}

/** By SIMD; false, and nothing done, where that cannot be had. */
function combineStrips(pixels: readonly Uint16Array[], plan: CombinePlan, mean: Float32Array, used: Uint16Array): boolean {
  const frames = pixels.length
  const factors = new Float64Array(frames).fill(1)
  const shifts = new Float64Array(frames)
  const combiner = createStripCombiner({ frames, plan, factors, shifts, saturation: Infinity, thirdFloor: null })
  if (combiner === null) return false
  const base = new Float32Array(combiner.pixels)
  for (let start = 0; start < mean.length; start += combiner.pixels) {
    const strip = combiner.combine(pixels, start, base, 0, Math.min(combiner.pixels, mean.length - start))
    if (strip === null) return false
    mean.set(strip.maps[0], start)
    used.set(strip.used, start)
  }
  return true
}

function combineTiles(pixels: readonly Uint16Array[], plan: CombinePlan, mean: Float32Array, used: Uint16Array): void {
  const frames = pixels.length
  const map = (): Float32Array => new Float32Array(TILE)
  const others = { locationErrors: map(), sd: map(), clippedSd: map(), maxStep: map(), evenHalf: map(), oddHalf: map() }
  const [base, pivots] = [map(), map()]
  const [changed, saturated, kept] = [new Uint8Array(TILE), new Uint16Array(TILE), new Uint16Array(TILE)]
  const maps = { ...others, location: map(), used: kept, rejected: new Float64Array(frames) }
  const tile = new Float32Array(TILE * frames)
  const scratch = new Float64Array(frames)
  for (let start = 0; start < mean.length; start += TILE) {
    const count = Math.min(TILE, mean.length - start)
    for (let t = 0; t < frames; t++) {
      gatherTileU16(pixels[t], pixels[0], start, base, 0, count, 1, 0, Infinity, tile, pivots, frames, t, changed, saturated, 0)
    }
    combineTile(tile, pivots, frames, count, plan, maps, 0, scratch)
    mean.set(maps.location.subarray(0, count), start)
    used.set(kept.subarray(0, count), start)
  }
}
