import { TRAILER } from './trailer-layout.js'

/**
 * The trailer that seals a calibration file; see {@link TRAILER} for its bytes.
 * @param length bytes of the HDF5 part
 * @param headerLength bytes of the header
 * @param sha256 of the header, 32 bytes
 */
export function makeTrailer(length: number, headerLength: number, sha256: Uint8Array): Uint8Array<ArrayBuffer> {
  const trailer = new Uint8Array(TRAILER.length)
  trailer.set(new TextEncoder().encode(TRAILER.magic))
  const view = new DataView(trailer.buffer)
  view.setBigUint64(TRAILER.lengthAt, BigInt(length), true)
  view.setBigUint64(TRAILER.headerLengthAt, BigInt(headerLength), true)
  trailer.set(sha256, TRAILER.hashAt)
  return trailer
}
