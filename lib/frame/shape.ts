/** Rows and columns of a frame or map; pixel [row, column] stands at index row * columns + column. */
export type Shape = readonly [rows: number, cols: number]
