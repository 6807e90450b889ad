/**
 * Number of targets that `correctU16ToU16` has clamped: what a bad pixel reads is not to be counted. Index rules as in
 * `repairF32`, values as in `correctU16ToU16`.
 */
export function countClampedU16(
  raw: Uint16Array,
  offset: Float32Array,
  gain: Float32Array,
  targets: Uint32Array,
  pedestal: number
): number {
  const fround = Math.fround
  const round = 6755399441055744
  let clamped = 0
  for (let k = 0; k < targets.length; k++) {
    const target = targets[k]
    const value = fround(fround(fround(raw[target] - offset[target]) * gain[target]) + pedestal) + round - round
    if (!(value >= 0 && value <= 65535)) clamped++
  }
  return clamped
}
