/** A straight line y = intercept + slope x. */
export interface Line {
  readonly slope: number
  readonly intercept: number
}

/**
 * Straight line by least squares of the weighted residuals w (y - intercept - slope x), about the weighted centre so that no digits cancel.
 * @param weights of the residuals (not of their squares); default: all 1
 * @returns null where all x are one value, or there are fewer than two points
 */
export function fitLine(x: readonly number[], y: readonly number[], weights?: readonly number[]): Line | null {
  if (x.every((value) => value === x[0])) return null
  const squares = x.map((_, i) => (weights ? weights[i] ** 2 : 1))
  const total = sumOf(squares)
  const centreX = sumOf(x.map((value, i) => squares[i] * value)) / total
  const centreY = sumOf(y.map((value, i) => squares[i] * value)) / total
  const spread = sumOf(x.map((value, i) => squares[i] * (value - centreX) ** 2))
  const slope = sumOf(x.map((value, i) => squares[i] * (value - centreX) * (y[i] - centreY))) / spread
  return { slope, intercept: centreY - slope * centreX }
}

/** Slope of the line through the origin by least squares: sum(x y) / sum(x^2); null where all x are 0. */
export function fitLineThroughOrigin(x: readonly number[], y: readonly number[]): number | null {
  const spread = sumOf(x.map((value) => value * value))
  return spread > 0 ? sumOf(x.map((value, i) => value * y[i])) / spread : null
}

function sumOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0)
}
