/**
 * Replace each target of a quantised frame by the weighted mean of its sources as they are BEFORE quantising: computed anew
 * from `raw`, so the result has the same bits as repairing a float32 frame and quantising it afterwards. Returns the
 * number of targets that were clamped. Index rules as in `repairF32`; rounding and clamping as in `correctU16ToU16`.
 */
export function repairU16FromU16(
  raw: Uint16Array,
  offset: Float32Array,
  gain: Float32Array,
  out: Uint16Array,
  targets: Uint32Array,
  starts: Uint32Array,
  sources: Uint32Array,
  weights: Float32Array,
  pedestal: number
): number {
  const fround = Math.fround
  const round = 6755399441055744
  let clamped = 0
  let j = 0
  for (let k = 0; k < targets.length; k++) {
    const target = targets[k]
    const end = starts[k + 1]
    let sum = 0
    let total = 0
    for (; j < end; j++) {
      const source = sources[j]
      const weight = weights[j]
      sum += weight * fround(fround(raw[source] - offset[source]) * gain[source])
      total += weight
    }
    const value = fround(fround(sum / total) + pedestal) + round - round
    if (value >= 0 && value <= 65535) out[target] = value
    else {
      out[target] = value > 0 ? 65535 : 0
      clamped++
    }
  }
  return clamped
}
