/** Side of the squares that are turned one after the other: their lines stay in cache. */
const SIDE = 32

/** Columns of a rows * cols map become the rows of `out`, which is not the map itself. */
export function transposeF32(values: Float32Array, rows: number, cols: number, out: Float32Array): void {
  for (let row = 0; row < rows; row += SIDE) {
    const endRow = Math.min(rows, row + SIDE)
    for (let col = 0; col < cols; col += SIDE) {
      const endCol = Math.min(cols, col + SIDE)
      for (let c = col; c < endCol; c++) {
        for (let r = row, from = row * cols + c, to = c * rows + row; r < endRow; r++, from += cols, to++) out[to] = values[from]
      }
    }
  }
}
