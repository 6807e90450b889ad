import { TRAILER } from './trailer-layout.js'

/**
 * The trailer that seals an HDF5 part; see {@link TRAILER} for its bytes.
 * @param length bytes of the HDF5 part
 * @param sha256 32 bytes
 */
export function makeTrailer(length: number, sha256: Uint8Array): Uint8Array {
  const trailer = new Uint8Array(TRAILER.length)
  trailer.set(new TextEncoder().encode(TRAILER.magic))
  new DataView(trailer.buffer).setBigUint64(TRAILER.lengthAt, BigInt(length), true)
  trailer.set(sha256, TRAILER.hashAt)
  return trailer
}
