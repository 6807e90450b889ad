/**
 * Undo the filters of PNG, row by row.
 * @param filtered rows of 1 + rowBytes bytes: the filter, then the bytes
 * @param pixels rows * rowBytes bytes to fill
 * @param width bytes per pixel
 * @returns the first row whose filter is unknown, -1: none
 * @see ISO/IEC 15948, section 9, 2004
 */
export function unfilterRows(filtered: Uint8Array, pixels: Uint8Array, rows: number, rowBytes: number, width: number): number {
  for (let row = 0; row < rows; row++) {
    const from = row * (rowBytes + 1) + 1
    const to = row * rowBytes
    const filter = filtered[from - 1]
    if (filter === 0) pixels.set(filtered.subarray(from, from + rowBytes), to)
    else if (filter === 1) addLeft(filtered, pixels, from, to, rowBytes, width)
    else if (filter === 2) addUp(filtered, pixels, from, to, rowBytes, row)
    else if (filter === 3) addAverage(filtered, pixels, from, to, rowBytes, width, row)
    else if (filter === 4) addPaeth(filtered, pixels, from, to, rowBytes, width, row)
    else return row
  }
  return -1
}

function addLeft(filtered: Uint8Array, pixels: Uint8Array, from: number, to: number, rowBytes: number, width: number): void {
  for (let i = 0; i < rowBytes; i++) pixels[to + i] = filtered[from + i] + (i < width ? 0 : pixels[to + i - width])
}

function addUp(filtered: Uint8Array, pixels: Uint8Array, from: number, to: number, rowBytes: number, row: number): void {
  for (let i = 0; i < rowBytes; i++) pixels[to + i] = filtered[from + i] + (row === 0 ? 0 : pixels[to + i - rowBytes])
}

function addAverage(
  filtered: Uint8Array,
  pixels: Uint8Array,
  from: number,
  to: number,
  rowBytes: number,
  width: number,
  row: number
): void {
  for (let i = 0; i < rowBytes; i++) {
    const left = i < width ? 0 : pixels[to + i - width]
    const up = row === 0 ? 0 : pixels[to + i - rowBytes]
    pixels[to + i] = filtered[from + i] + ((left + up) >> 1)
  }
}

function addPaeth(filtered: Uint8Array, pixels: Uint8Array, from: number, to: number, rowBytes: number, width: number, row: number): void {
  for (let i = 0; i < rowBytes; i++) {
    const left = i < width ? 0 : pixels[to + i - width]
    const up = row === 0 ? 0 : pixels[to + i - rowBytes]
    const corner = i < width || row === 0 ? 0 : pixels[to + i - rowBytes - width]
    pixels[to + i] = filtered[from + i] + nearest(left, up, corner)
  }
}

/** The one of left, up and corner that is nearest to left + up - corner; in this order where they tie. */
function nearest(left: number, up: number, corner: number): number {
  const toLeft = Math.abs(up - corner)
  const toUp = Math.abs(left - corner)
  const toCorner = Math.abs(left + up - 2 * corner)
  if (toLeft <= toUp && toLeft <= toCorner) return left
  return toUp <= toCorner ? up : corner
}
