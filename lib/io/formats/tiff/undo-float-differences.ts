/**
 * Undo predictor 3: in every row the bytes of the floats stand sorted by significance, most significant first whatever
 * the byte order of the file, each the difference to the byte before it.
 * @param bytes whole rows, changed in place into floats in the byte order of the machine (little-endian)
 * @param width bytes per value: 4 or 8
 * @param cols values per row
 * @see Adobe Photoshop TIFF Technical Notes 3, 2005
 */
export function undoFloatDifferences(bytes: Uint8Array, width: number, cols: number): void {
  const rowBytes = cols * width
  const planes = new Uint8Array(rowBytes)
  for (let row = 0; row < bytes.length; row += rowBytes) {
    let sum = 0
    for (let i = 0; i < rowBytes; i++) planes[i] = sum = (sum + bytes[row + i]) & 0xff
    for (let plane = 0, from = 0; plane < width; plane++) {
      for (let col = 0, to = row + width - 1 - plane; col < cols; col++, to += width) bytes[to] = planes[from++]
    }
  }
}
