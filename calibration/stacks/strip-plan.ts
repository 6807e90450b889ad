import type { CombinePlan } from '../../lib/kernels/stack/combine-pixel.js'

/** What a stack of u16 frames is combined with. */
export interface StripPlan {
  readonly frames: number
  readonly plan: CombinePlan
  /** Per frame. */
  readonly factors: Float64Array
  readonly shifts: Float64Array
  /** Raw DN; Infinity: none is. */
  readonly saturation: number
  /** Sd up to which a pixel is not looked at for its third largest step; null: none is. */
  readonly thirdFloor: number | null
}

/** Results of one strip, views that the next one overwrites. */
export interface Strip {
  /** Location, its error, sd, clipped sd, largest step, even half, odd half, third largest step. */
  readonly maps: readonly Float32Array[]
  readonly changed: Uint8Array
  readonly saturated: Uint16Array
  /** Per frame. */
  readonly rejected: Uint32Array
  /** Frames that were combined at each pixel. */
  readonly used: Uint32Array
}
