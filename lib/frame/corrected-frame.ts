import type { Shape } from './shape.js'

/** One corrected frame in DN: float32 (may be below 0), or uint16 when it was asked for (then pedestal included). */
export interface CorrectedFrame {
  readonly data: Float32Array | Uint16Array
  readonly shape: Shape
}
