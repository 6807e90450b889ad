/**
 * Give each sample of less than 16 bits a word of its own. The first of a byte is in its highest bits whatever the byte order of the
 * file, and every row begins with a byte.
 * @param packed rows * ceil(cols * bits / 8) bytes
 * @param bits 9 to 16
 * @param values rows * cols to fill
 * @see TIFF Revision 6.0, section 8 (BitsPerSample, FillOrder), 1992
 */
export function spreadPacked(packed: Uint8Array, cols: number, bits: number, values: Uint16Array): void {
  const rowBytes = Math.ceil((cols * bits) / 8)
  const mask = 2 ** bits - 1
  for (let row = 0, at = 0; at < values.length; row++) {
    let from = row * rowBytes
    for (let col = 0, held = 0, word = 0; col < cols; col++, at++) {
      while (held < bits) {
        word = ((word << 8) | packed[from++]) & 0xff_ffff
        held += 8
      }
      held -= bits
      values[at] = (word >> held) & mask
    }
  }
}
