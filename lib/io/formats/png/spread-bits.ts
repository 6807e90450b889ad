/**
 * Give each sample of 1, 2 or 4 bits a byte of its own. The first of a byte is in its highest bits, and every row begins with a byte.
 * @param packed rows * ceil(cols * bits / 8) bytes
 * @returns rows * cols values
 * @see ISO/IEC 15948, section 7.2, 2004
 */
export function spreadBits(packed: Uint8Array, rows: number, cols: number, bits: number): Uint8Array {
  const rowBytes = Math.ceil((cols * bits) / 8)
  const perByte = 8 / bits
  const largest = 2 ** bits - 1
  const samples = new Uint8Array(rows * cols)
  for (let row = 0, at = 0; row < rows; row++) {
    for (let col = 0; col < cols; col++, at++) {
      samples[at] = (packed[row * rowBytes + Math.floor(col / perByte)] >> (8 - bits * ((col % perByte) + 1))) & largest
    }
  }
  return samples
}
