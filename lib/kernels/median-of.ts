import { selectNth } from './select-nth.js'

/**
 * Median of values[0 .. count), reordering them; the mean of the middle two for an even count, NaN for none.
 *
 * What must hold: no NaN among them.
 */
export function medianOf(values: Float32Array, count: number): number {
  if (count === 0) return NaN
  const middle = count >> 1
  const upper = selectNth(values, count, middle)
  if ((count & 1) === 1) return upper
  let lower = values[0]
  for (let i = 1; i < middle; i++) if (values[i] > lower) lower = values[i]
  return (lower + upper) / 2
}
