import { sampleNormal } from './random/sample-normal.js'
import { samplePoisson } from './random/sample-poisson.js'
import type { RandomState } from './random/create-random-state.js'

/**
 * Draw one exposed frame: round(offset + shift + systemGain Poisson(quanta) + noise z), clamped at 0 and full scale. All
 * arrays have the same length; quanta >= 0; `out` is written, `state` changed.
 */
export function renderExposure(
  out: Uint16Array,
  offset: Float32Array,
  noise: Float32Array,
  quanta: Float32Array,
  systemGain: number,
  shift: number,
  fullScale: number,
  state: RandomState
): void {
  const n = out.length
  for (let i = 0; i < n; i++) {
    const value = offset[i] + shift + systemGain * samplePoisson(state, quanta[i]) + noise[i] * sampleNormal(state)
    out[i] = value <= 0 ? 0 : value >= fullScale ? fullScale : (value + 0.5) | 0
  }
}
