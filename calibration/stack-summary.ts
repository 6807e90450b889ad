import type { Shape } from '../lib/frame/shape.js'
import type { StackRecord } from '../lib/maps/calibration-set.js'

/**
 * What the passes over one stack give for every pixel. For darks the values are raw DN; for flats they are
 * offset-corrected DN, each frame brought to the mean output of the stack (science: frame factors k_t over good pixels).
 * Plain data; arrays have rows * cols values, row-major.
 */
export interface StackSummary {
  readonly role: 'dark' | 'flat'
  readonly shape: Shape
  /** Frames kept by triage and used here. */
  readonly frames: number
  /** Robust combination of the frames, DN; NaN where no frame had a finite value. */
  readonly location: Float32Array
  /** One sigma of `location`, DN; null from one frame. */
  readonly locationErrors: Float32Array | null
  /** Single-frame temporal sd, ddof 1, of ALL kept frames (unclipped), frame means removed, DN; null from one frame. */
  readonly sd: Float32Array | null
  /** Single-frame temporal sd of the frames that the combination kept at each pixel, corrected for the clipping; null from one frame. */
  readonly clippedSd: Float32Array | null
  /** Largest absolute difference between consecutive frames (means removed), DN; null from one frame. */
  readonly maxStep: Float32Array | null
  /**
   * Darks: third largest such difference, DN: what three switches leave, but no spike and no single change; 0 for pixels whose sd
   * does not ask for it. Absent or null: not known.
   */
  readonly thirdStep?: Float32Array | null
  /**
   * Mean of the even-numbered (0, 2, ...) and of the odd-numbered kept frames, DN: independent halves for rules that
   * must not test a map on the frames that made it; null below four frames.
   */
  readonly evenHalf: Float32Array | null
  readonly oddHalf: Float32Array | null
  /** 1 where every kept frame gave the same raw value (needs at least 2 frames, else all 0). */
  readonly constant: Uint8Array
  /** Number of kept frames in which the raw value was saturated, or not finite. */
  readonly saturated: Uint16Array
  /** Relative factor that panel output contributed per frame: mean output of frame t / mean output of all (1 for darks). */
  readonly frameFactors: readonly number[]
  /** Step of the raw values, DN; 0: fractional; absent or null: not known. */
  readonly quantum?: number | null
  /** Smallest single-frame deviation, in sigma of a pixel, that the combination can reject; Infinity: none (a mean). */
  readonly smallestRejectable: number
  /** Share of the pixels that the combination rejected in each kept frame; absent: not counted. */
  readonly rejectedFraction?: readonly number[]
  readonly record: StackRecord
}

/** The first frames after the X-rays went off, in order, none left out: for the rule on lagging pixels. */
export interface DecayFrames {
  readonly shape: Shape
  /** Offset-corrected DN; the first frame after the exposure, then the second, as far as they are wanted. */
  readonly frames: readonly Float32Array[]
  /** Offset-corrected signal of each pixel in the exposure before; null: unknown, parts of it cannot be judged. */
  readonly exposed: Float32Array | null
}
