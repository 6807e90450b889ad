import { sampleNormal } from './random/sample-normal.js'
import type { RandomState } from './random/create-random-state.js'

/**
 * Draw one dark frame: round(offset + shift + noise z), clamped at 0 and full scale. All arrays have the same length;
 * `out` is written, `state` changed.
 */
export function renderDark(
  out: Uint16Array,
  offset: Float32Array,
  noise: Float32Array,
  shift: number,
  fullScale: number,
  state: RandomState
): void {
  const n = out.length
  for (let i = 0; i < n; i++) {
    const value = offset[i] + shift + noise[i] * sampleNormal(state)
    out[i] = value <= 0 ? 0 : value >= fullScale ? fullScale : (value + 0.5) | 0
  }
}
