import type { PixelSelection } from './select-pixels.js'

/** Mean, standard deviation (ddof 1) and extremes of the counted pixels; null where there are too few. */
export interface Moments {
  readonly mean: number | null
  readonly sd: number | null
  readonly minimum: number | null
  readonly maximum: number | null
}

/** Two passes in float64, the second about the mean, so that neither order nor level costs digits. */
export function momentsOf({ data, good, counts }: PixelSelection): Moments {
  const n = counts.usedPixels
  if (n === 0) return { mean: null, sd: null, minimum: null, maximum: null }
  let sum = 0
  let minimum = Infinity
  let maximum = -Infinity
  for (let i = 0; i < data.length; i++) {
    if (good[i] === 0) continue
    const value = data[i]
    sum += value
    if (value < minimum) minimum = value
    if (value > maximum) maximum = value
  }
  const centre = sum / n
  let first = 0
  let second = 0
  for (let i = 0; i < data.length; i++) {
    if (good[i] === 0) continue
    const deviation = data[i] - centre
    first += deviation
    second += deviation * deviation
  }
  const mean = centre + first / n
  return { mean, sd: n > 1 ? Math.sqrt(Math.max(0, second - (first * first) / n) / (n - 1)) : null, minimum, maximum }
}
