import type { Shape } from '../frame/shape.js'

/** Dark level of each pixel in DN, float32, never rounded to integers. */
export interface OffsetMap {
  readonly data: Float32Array
  readonly shape: Shape
}

/** Per-pixel multiplier = reference / (mean flat - offset), no unit; 0 where it cannot be computed (the pixel is then flagged). */
export interface GainMap {
  readonly data: Float32Array
  readonly shape: Shape
  /** Level in DN to which every good pixel is brought: mean of (mean flat - offset) over the good pixels. */
  readonly reference: number
}

/** Any float32 map that goes with them: noise (DN), one sigma of a map (unit of that map), flat signal (DN). */
export interface PixelMap {
  readonly data: Float32Array
  readonly shape: Shape
}

/** Defect flags of each pixel; see {@link DEFECT_FLAGS}. */
export interface DefectMap {
  readonly data: Uint32Array
  readonly shape: Shape
}
