/** Columns of a rows * cols map become the rows of `out`, which is not the map itself: all, or those `from` to before `to`. */
export function transposeF32(values: Float32Array, rows: number, cols: number, out: Float32Array, from = 0, to = cols): void {
  const whole = rows & ~7
  // Strips of columns that stay in cache while all rows pass, eight rows at once.
  for (let left = from; left < to; left += 32) {
    const right = Math.min(to, left + 32)
    for (let row = 0; row < whole; row += 8) {
      const end = row * cols + right
      for (let i = row * cols + left, k = (left - from) * rows + row; i < end; i++, k += rows) {
        let at = i
        out[k] = values[at]
        out[k + 1] = values[(at += cols)]
        out[k + 2] = values[(at += cols)]
        out[k + 3] = values[(at += cols)]
        out[k + 4] = values[(at += cols)]
        out[k + 5] = values[(at += cols)]
        out[k + 6] = values[(at += cols)]
        out[k + 7] = values[at + cols]
      }
    }
    for (let row = whole; row < rows; row++) {
      for (let col = left; col < right; col++) out[(col - from) * rows + row] = values[row * cols + col]
    }
  }
}
