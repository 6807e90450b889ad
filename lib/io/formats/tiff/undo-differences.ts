/**
 * Undo predictor 2: every stored value is the difference to its left neighbour, modulo its width. Floats are taken as
 * the integers of their bits, as libtiff does.
 * @param bytes whole rows of values in the byte order of the machine, changed in place
 * @param width bytes per value: 1, 2, 4, 8
 * @param cols values per row
 * @see TIFF Revision 6.0, section 14, 1992
 */
export function undoDifferences(bytes: Uint8Array, width: number, cols: number): void {
  const { buffer, byteOffset, byteLength } = bytes
  if (width === 1) addUp8(bytes, cols)
  else if (width === 2) addUp16(new Uint16Array(buffer, byteOffset, byteLength / 2), cols)
  else if (width === 4) addUp32(new Uint32Array(buffer, byteOffset, byteLength / 4), cols)
  else addUp64(new Uint32Array(buffer, byteOffset, byteLength / 4), cols)
}

function addUp8(values: Uint8Array, cols: number): void {
  for (let row = 0; row < values.length; row += cols) {
    let sum = 0
    for (let i = row; i < row + cols; i++) values[i] = sum = (sum + values[i]) & 0xff
  }
}

function addUp16(values: Uint16Array, cols: number): void {
  for (let row = 0; row < values.length; row += cols) {
    let sum = 0
    for (let i = row; i < row + cols; i++) values[i] = sum = (sum + values[i]) & 0xffff
  }
}

function addUp32(values: Uint32Array, cols: number): void {
  for (let row = 0; row < values.length; row += cols) {
    let sum = 0
    for (let i = row; i < row + cols; i++) values[i] = sum = (sum + values[i]) | 0
  }
}

/** Low and high halves with the carry between them. */
function addUp64(halves: Uint32Array, cols: number): void {
  for (let row = 0; row < halves.length; row += 2 * cols) {
    let low = 0
    let high = 0
    for (let i = row; i < row + 2 * cols; i += 2) {
      const sum = low + halves[i]
      low = sum >>> 0
      high = (high + halves[i + 1] + (sum > 0xffffffff ? 1 : 0)) >>> 0
      halves[i] = low
      halves[i + 1] = high
    }
  }
}
