import { selectNthF64 } from '../../lib/kernels/median/select-nth-f64.js'
import { MAD_TO_SIGMA } from '../../lib/maps/robust-scale.js'

/**
 * Median and 1.4826 * MAD of the finite values; NaN and 0 when there are none.
 * @param values any order, not changed
 */
export function medianAndSpread(values: ArrayLike<number>): { median: number; spread: number } {
  const finite = new Float64Array(values.length)
  let count = 0
  for (let i = 0; i < values.length; i++) if (values[i] - values[i] === 0) finite[count++] = values[i]
  if (count === 0) return { median: NaN, spread: 0 }
  const median = middleOf(finite, count)
  for (let i = 0; i < count; i++) finite[i] = Math.abs(finite[i] - median)
  return { median, spread: MAD_TO_SIGMA * middleOf(finite, count) }
}

function middleOf(values: Float64Array, count: number): number {
  const middle = count >> 1
  const upper = selectNthF64(values, count, middle)
  if ((count & 1) === 1) return upper
  let lower = values[0]
  for (let i = 1; i < middle; i++) if (values[i] > lower) lower = values[i]
  return (lower + upper) / 2
}
