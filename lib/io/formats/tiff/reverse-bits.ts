/** Turn the bits of each byte round, in place: FillOrder 2 has the first pixel in the lowest bits. */
export function reverseBits(bytes: Uint8Array): void {
  for (let i = 0; i < bytes.length; i++) {
    let byte = bytes[i]
    byte = ((byte & 0x0f) << 4) | (byte >> 4)
    byte = ((byte & 0x33) << 2) | ((byte >> 2) & 0x33)
    bytes[i] = ((byte & 0x55) << 1) | ((byte >> 1) & 0x55)
  }
}
