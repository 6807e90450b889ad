/**
 * As `repairF32`, but sources whose value in this frame is not finite are left out; a target that has no other becomes NaN.
 */
export function repairF32Finite(
  frame: Float32Array,
  targets: Uint32Array,
  starts: Uint32Array,
  sources: Uint32Array,
  weights: Float32Array
): void {
  for (let k = 0; k < targets.length; k++) {
    let sum = 0
    let total = 0
    for (let j = starts[k]; j < starts[k + 1]; j++) {
      const value = frame[sources[j]]
      if (value - value !== 0) continue
      sum += weights[j] * value
      total += weights[j]
    }
    frame[targets[k]] = total > 0 ? sum / total : NaN
  }
}
