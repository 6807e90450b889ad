/**
 * Replace each target by the weighted mean of its sources, in place: float64 sums in the order of the list, divided by the
 * sum of the weights, one rounding at the store. No source is a target, so the order of the targets does not matter.
 * `starts` is one longer than `targets`; every index lies in `frame`.
 */
export function repairF32(
  frame: Float32Array,
  targets: Uint32Array,
  starts: Uint32Array,
  sources: Uint32Array,
  weights: Float32Array
): void {
  const count = targets.length
  let j = 0
  for (let k = 0; k < count; k++) {
    const end = starts[k + 1]
    let sum = 0
    let total = 0
    for (; j < end; j++) {
      const weight = weights[j]
      sum += weight * frame[sources[j]]
      total += weight
    }
    frame[targets[k]] = sum / total
  }
}
