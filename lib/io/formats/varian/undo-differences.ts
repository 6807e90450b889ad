/** Differences of one frame as they stand packed. */
export interface PackedDifferences {
  readonly rows: number
  readonly cols: number
  /** Two bits per difference, the lowest first: 0, 1, 2 for a difference of 1, 2, 4 bytes. */
  readonly lengths: Uint8Array
  /** The first row and one pixel as 32-bit integers, then the differences. */
  readonly packed: DataView
}

/**
 * Undo the compression of XIM and HND: pixel = difference + left + up - the one up to the left.
 * @param pixels rows * cols values to fill
 * @returns bytes that were used; -1 when the packed bytes end before, or a length is unknown
 */
export function undoDifferences({ rows, cols, lengths, packed }: PackedDifferences, pixels: Int32Array): number {
  const plain = Math.min(cols + 1, rows * cols)
  if (packed.byteLength < 4 * plain || lengths.length * 4 < rows * cols - plain) return -1
  for (let i = 0; i < plain; i++) pixels[i] = packed.getInt32(4 * i, true)
  let at = 4 * plain
  const end = packed.byteLength
  for (let i = plain; i < rows * cols; i++) {
    const which = i - plain
    const code = (lengths[which >> 2] >> (2 * (which & 3))) & 3
    const width = 1 << code
    if (code === 3 || at + width > end) return -1
    const difference = code === 0 ? packed.getInt8(at) : code === 1 ? packed.getInt16(at, true) : packed.getInt32(at, true)
    pixels[i] = difference + pixels[i - 1] + pixels[i - cols] - pixels[i - cols - 1]
    at += width
  }
  return at
}
