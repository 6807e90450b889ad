/** A rectangle of pixels: first row, first column, number of rows, number of columns. */
export interface Region {
  readonly row: number
  readonly col: number
  readonly rows: number
  readonly cols: number
}
