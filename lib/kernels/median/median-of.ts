import { selectNth } from './select-nth.js'

/** From this count on, values are counted: faster for a million of them, about even for 3072. */
const MANY = 1024
const BINS = 512
const counts = new Int32Array(BINS)

/**
 * Median of values[0 .. count), which may be reordered; the mean of the middle two for an even count, NaN for none.
 *
 * Many values are first counted in bins between the extremes of a few of them, so that only one bin is left to
 * partition; whatever the bins, the result is exact.
 * What must hold: no NaN among them.
 */
export function medianOf(values: Float32Array, count: number): number {
  if (count === 0) return NaN
  const middle = count >> 1
  if (count >= MANY) return medianByBins(values, count, middle)
  return medianBySelection(values, count, middle)
}

function medianBySelection(values: Float32Array, count: number, middle: number): number {
  const upper = selectNth(values, count, middle)
  if ((count & 1) === 1) return upper
  let lower = values[0]
  for (let i = 1; i < middle; i++) if (values[i] > lower) lower = values[i]
  return (lower + upper) / 2
}

function medianByBins(values: Float32Array, count: number, middle: number): number {
  let low = values[0]
  let high = low
  // Some 48 values, by a step that is odd and no simple part of a row.
  for (let i = 0, step = Math.floor(count / 48) | 1; i < count; i += step) {
    const value = values[i]
    if (value < low) low = value
    if (value > high) high = value
  }
  const scale = (BINS - 2) / (high - low)
  if (!(scale < Infinity && scale > 0)) return medianBySelection(values, count, middle)
  const shift = 1 - low * scale
  if (!(Math.abs(shift) < Infinity)) return medianBySelection(values, count, middle)
  counts.fill(0)
  for (let i = 0; i < count; i++) {
    const place = values[i] * scale + shift
    counts[place < 0 ? 0 : place >= BINS ? BINS - 1 : place | 0]++
  }
  let bin = 0
  let before = 0
  for (; before + counts[bin] <= middle; bin++) before += counts[bin]
  if (counts[bin] === count) return medianBySelection(values, count, middle)
  const few = new Float32Array(counts[bin])
  let taken = 0
  for (let i = 0; i < count; i++) {
    const value = values[i]
    const place = value * scale + shift
    if ((place < 0 ? 0 : place >= BINS ? BINS - 1 : place | 0) === bin) few[taken++] = value
  }
  const nth = middle - before
  const upper = selectNth(few, taken, nth)
  if ((count & 1) === 1) return upper
  let lower = -Infinity
  if (nth > 0) for (let i = 0; i < nth; i++) lower = few[i] > lower ? few[i] : lower
  else for (let i = 0; i < count; i++) if (values[i] < upper && values[i] > lower) lower = values[i]
  return (lower + upper) / 2
}
