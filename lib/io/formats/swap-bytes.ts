/**
 * Turn the byte order of every value round, in place.
 * @param bytes whole values
 * @param width bytes per value: 1 (nothing to do), 2, 4 or 8
 */
export function swapBytes(bytes: Uint8Array, width: number): void {
  // as a Buffer where this is Node: ten times as fast as one byte after another
  const { Buffer: ofNode } = globalThis as { readonly Buffer?: typeof Buffer }
  const buffer = ofNode?.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (buffer === undefined) swapEach(bytes, width)
  else if (width === 2) buffer.swap16()
  else if (width === 4) buffer.swap32()
  else if (width === 8) buffer.swap64()
}

function swapEach(bytes: Uint8Array, width: number): void {
  for (let at = 0; width > 1 && at < bytes.length; at += width) bytes.subarray(at, at + width).reverse()
}
