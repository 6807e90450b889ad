import type { PixelSelection } from './select-pixels.js'

/** Terms x^p y^q of a second-order surface. */
const TERMS: readonly (readonly [number, number])[] = [
  [0, 0],
  [1, 0],
  [0, 1],
  [2, 0],
  [1, 1],
  [0, 2]
]

/** Coefficients of 1, x, y, x^2, xy, y^2 with x and y running from -1 to 1 over the selected region. */
export type Surface = Float64Array

/**
 * Fit a second-order surface to the counted pixels by least squares (the detrending of IEC 62220-1-1).
 * Sums run per row over powers of x and are joined over the powers of y.
 * @returns six coefficients, or null where the pixels do not settle them (fewer than three rows or columns)
 * @see IEC 62220-1-1:2015, noise power spectrum, removal of trends by a second-order polynomial
 */
export function fitSurface(selection: PixelSelection): Surface | null {
  const { data, good, shape, region } = selection
  const width = shape[1]
  // moments[p][q] = sum of x^p y^q; right[p][q] = sum of x^p y^q value.
  const moments = new Float64Array(25)
  const right = new Float64Array(9)
  const xs = axis(region.cols)
  const ys = axis(region.rows)
  const full = sumPowers(xs)
  for (let r = 0; r < region.rows; r++) {
    // Of the pixels that count, the values; of those that do not, fewer by far, the powers.
    let s0 = 0,
      s1 = 0,
      s2 = 0,
      s3 = 0,
      s4 = 0,
      t0 = 0,
      t1 = 0,
      t2 = 0
    for (let c = 0, i = (region.row + r) * width + region.col; c < region.cols; c++, i++) {
      const x = xs[c]
      const x2 = x * x
      if (good[i] === 0) {
        s0 += 1
        s1 += x
        s2 += x2
        s3 += x2 * x
        s4 += x2 * x2
        continue
      }
      const value = data[i]
      t0 += value
      t1 += x * value
      t2 += x2 * value
    }
    join(moments, [full[0] - s0, full[1] - s1, full[2] - s2, full[3] - s3, full[4] - s4], ys[r], 5)
    join(right, [t0, t1, t2], ys[r], 3)
  }
  const matrix = TERMS.map(([p, q]) => [...TERMS.map(([u, v]) => moments[(p + u) * 5 + q + v]), right[p * 3 + q]])
  return solve(matrix)
}

/** Value of the surface at each pixel of one row of the region, into `out` (as long as the region is wide). */
export function surfaceRow(surface: Surface, row: number, rows: number, out: Float64Array): void {
  const y = axisAt(row, rows)
  const level = surface[0] + surface[2] * y + surface[5] * y * y
  const slope = surface[1] + surface[4] * y
  const bend = surface[3]
  for (let c = 0; c < out.length; c++) {
    const x = axisAt(c, out.length)
    out[c] = level + x * (slope + bend * x)
  }
}

function axis(length: number): Float64Array {
  return Float64Array.from({ length }, (_, at) => axisAt(at, length))
}

function sumPowers(xs: Float64Array): number[] {
  return [0, 1, 2, 3, 4].map((power) => xs.reduce((sum, x) => sum + x ** power, 0))
}

function axisAt(at: number, length: number): number {
  return length > 1 ? (2 * at) / (length - 1) - 1 : 0
}

function join(sums: Float64Array, row: readonly number[], y: number, size: number): void {
  for (let p = 0; p < size; p++) {
    for (let q = 0, power = 1; q < size; q++, power *= y) sums[p * size + q] += row[p] * power
  }
}

// Gauss-Jordan with row pivots; the matrix is scaled by the number of pixels, so a tiny pivot means a term that is not settled.
function solve(matrix: number[][]): Surface | null {
  const n = matrix.length
  const scale = matrix[0][0]
  for (let k = 0; k < n; k++) {
    let pivot = k
    for (let row = k + 1; row < n; row++) if (Math.abs(matrix[row][k]) > Math.abs(matrix[pivot][k])) pivot = row
    const swap = matrix[k]
    matrix[k] = matrix[pivot]
    matrix[pivot] = swap
    if (!(Math.abs(matrix[k][k]) > 1e-10 * scale)) return null
    for (let row = 0; row < n; row++) {
      if (row === k) continue
      const factor = matrix[row][k] / matrix[k][k]
      for (let col = k; col <= n; col++) matrix[row][col] -= factor * matrix[k][col]
    }
  }
  return Float64Array.from(matrix, (row, k) => row[n] / row[k])
}
