import type { PixelSelection } from './select-pixels.js'

/** Mean, standard deviation (ddof 1) and extremes of the counted pixels; null where there are too few. */
export interface Moments {
  readonly mean: number | null
  readonly sd: number | null
  readonly minimum: number | null
  readonly maximum: number | null
}

/**
 * One pass in float64: each row about the mean of those before it, joined row by row. What a distant centre costs in digits is no more
 * than what the step between the rows adds to the sum of squares, so neither order nor level costs any; equal pixels give exactly 0.
 * @see Chan, Golub and LeVeque, Algorithms for computing the sample variance, The American Statistician 37 (1983)
 */
export function momentsOf({ data, good, shape, region, counts }: PixelSelection): Moments {
  let n = 0
  let mean = data[good.indexOf(1)]
  let squares = 0
  let minimum = Infinity
  let maximum = -Infinity
  if (counts.usedPixels === 0) return { mean: null, sd: null, minimum: null, maximum: null }
  for (let row = region.row; row < region.row + region.rows; row++) {
    let count = 0
    let first = 0
    let second = 0
    for (let i = row * shape[1] + region.col, end = i + region.cols; i < end; i++) {
      if (good[i] === 0) continue
      const value = data[i]
      const deviation = value - mean
      count++
      first += deviation
      second += deviation * deviation
      if (value < minimum) minimum = value
      if (value > maximum) maximum = value
    }
    if (count === 0) continue
    const gap = first / count
    squares += Math.max(0, second - gap * first) + gap * gap * ((n * count) / (n + count))
    n += count
    mean += (gap * count) / n
  }
  return { mean, sd: n > 1 ? Math.sqrt(squares / (n - 1)) : null, minimum, maximum }
}
