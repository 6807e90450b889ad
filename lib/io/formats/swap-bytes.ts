/**
 * Turn the byte order of every value round, in place.
 * @param bytes whole values
 * @param width bytes per value: 1 (nothing to do), 2, 4 or 8
 */
export function swapBytes(bytes: Uint8Array, width: number): void {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (width === 2) buffer.swap16()
  else if (width === 4) buffer.swap32()
  else if (width === 8) buffer.swap64()
}
