type Column = readonly number[]

/** Least-squares solution with no value below 0. */
export interface NonNegativeFit {
  readonly values: readonly number[]
  /** True where the value is held at 0 because the best fit would have it below. */
  readonly held: readonly boolean[]
}

/**
 * Solve weighted least squares with non-negative unknowns exactly, by trying every choice of unknowns that are free: with two or three of
 * them this is the whole search. The best choice of which no value is below 0 wins; all at 0 is the last resort.
 * @param columns one for each unknown, as long as `values`
 * @see Lawson, Hanson, Solving Least Squares Problems, chapter 23, 1974
 */
export function fitNonNegative(columns: readonly Column[], values: Column, weights: Column): NonNegativeFit {
  const n = columns.length
  let best = columns.map(() => 0)
  let held = columns.map(() => true)
  let least = squaresOf(columns, values, weights, best)
  for (let choice = 1; choice < 2 ** n; choice++) {
    const free = columns.map((_, k) => k).filter((k) => (choice >> k) & 1)
    const row = (j: number) => [...free.map((k) => columns[k]), values].map((other) => product(columns[j], other, weights))
    const solution = solve(free.map(row))
    if (!solution || solution.some((value) => value < 0)) continue
    const candidate = columns.map((_, k) => (free.includes(k) ? solution[free.indexOf(k)] : 0))
    const squares = squaresOf(columns, values, weights, candidate)
    if (squares >= least) continue
    least = squares
    best = candidate
    held = columns.map((_, k) => !free.includes(k))
  }
  return { values: best, held }
}

function product(a: Column, b: Column, weights: Column): number {
  return a.reduce((sum, value, at) => sum + weights[at] * value * b[at], 0)
}

function squaresOf(columns: readonly Column[], values: Column, weights: Column, unknowns: readonly number[]): number {
  const fitted = (at: number) => columns.reduce((sum, column, k) => sum + unknowns[k] * column[at], 0)
  return values.reduce((sum, value, at) => sum + weights[at] * (value - fitted(at)) ** 2, 0)
}

// Gauss-Jordan on a symmetric positive matrix; null where the columns are not independent.
function solve(matrix: number[][]): number[] | null {
  const n = matrix.length
  const diagonal = matrix.map((row, k) => row[k])
  for (let k = 0; k < n; k++) {
    if (!(matrix[k][k] > 1e-12 * diagonal[k])) return null
    for (let row = 0; row < n; row++) {
      if (row === k) continue
      const factor = matrix[row][k] / matrix[k][k]
      for (let col = k; col <= n; col++) matrix[row][col] -= factor * matrix[k][col]
    }
  }
  return matrix.map((row, k) => row[n] / row[k])
}
