import type { Shape } from '../../lib/frame/shape.js'

/** Pixels of a frame that stand for the whole in robust figures: a regular grid, row after row. */
export interface Sampling {
  /** Rows and columns of the grid. */
  readonly rows: number
  readonly cols: number
  /** Grid row -> frame row, and grid column -> frame column. */
  readonly rowOf: Uint32Array
  readonly colOf: Uint32Array
  /** Index in the frame of every grid point. */
  readonly indices: Uint32Array
}

/** Grid points along one side at most; 128 * 128 give a median a standard error of 1 % of the sd. */
const POINTS = 128

/** A grid of at most 128 x 128 points, spread evenly over the frame; every pixel of a small frame. */
export function planSampling([rows, cols]: Shape): Sampling {
  const rowOf = spread(rows)
  const colOf = spread(cols)
  const indices = new Uint32Array(rowOf.length * colOf.length)
  let to = 0
  for (const row of rowOf) for (const col of colOf) indices[to++] = row * cols + col
  return { rows: rowOf.length, cols: colOf.length, rowOf, colOf, indices }
}

function spread(length: number): Uint32Array {
  const points = Math.min(length, POINTS)
  return Uint32Array.from({ length: points }, (_, k) => Math.floor(((k + 0.5) * length) / points))
}
