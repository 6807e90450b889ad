/**
 * The checksum of HDF5's metadata: hashlittle of lookup3.
 * @see Jenkins, lookup3.c (2006), public domain; HDF5 File Format Specification 3.0, appendix
 */
export function metadataChecksum(bytes: Uint8Array): number {
  const { length } = bytes
  let a = (0xdeadbeef + length) | 0
  let b = a
  let c = a
  let at = 0
  const word = (from: number): number => {
    let value = 0
    for (let i = 0; i < 4; i++) value |= (bytes[from + i] ?? 0) << (8 * i)
    return value
  }
  for (; length - at > 12; at += 12) {
    a = (a + word(at)) | 0
    b = (b + word(at + 4)) | 0
    c = (c + word(at + 8)) | 0
    a = (((a - c) | 0) ^ turned(c, 4)) | 0
    c = (c + b) | 0
    b = (((b - a) | 0) ^ turned(a, 6)) | 0
    a = (a + c) | 0
    c = (((c - b) | 0) ^ turned(b, 8)) | 0
    b = (b + a) | 0
    a = (((a - c) | 0) ^ turned(c, 16)) | 0
    c = (c + b) | 0
    b = (((b - a) | 0) ^ turned(a, 19)) | 0
    a = (a + c) | 0
    c = (((c - b) | 0) ^ turned(b, 4)) | 0
    b = (b + a) | 0
  }
  if (at === length) return c >>> 0
  a = (a + word(at)) | 0
  b = (b + word(at + 4)) | 0
  c = (c + word(at + 8)) | 0
  c = ((c ^ b) - turned(b, 14)) | 0
  a = ((a ^ c) - turned(c, 11)) | 0
  b = ((b ^ a) - turned(a, 25)) | 0
  c = ((c ^ b) - turned(b, 16)) | 0
  a = ((a ^ c) - turned(c, 4)) | 0
  b = ((b ^ a) - turned(a, 14)) | 0
  c = ((c ^ b) - turned(b, 24)) | 0
  return c >>> 0
}

function turned(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits))
}
