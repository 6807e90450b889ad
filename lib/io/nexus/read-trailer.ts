import { FormatError } from '../../errors.js'
import { TRAILER } from './trailer-layout.js'

/** What the trailer says of the HDF5 part in front of it. */
export interface Seal {
  readonly length: number
  /** SHA-256, 32 bytes. */
  readonly sha256: Uint8Array
}

/**
 * Read the trailer of a calibration file and check that the file is as long as it says.
 * @param file name for messages
 * @param size bytes of the whole file
 * @param trailer its last 56 bytes
 * @throws {FormatError} ERR_FORMAT when there is no trailer, or the length does not fit
 */
export function readTrailer(file: string, size: number, trailer: Uint8Array): Seal {
  const offset = size - TRAILER.length
  if (new TextDecoder('latin1').decode(trailer.subarray(0, TRAILER.lengthAt)) !== TRAILER.magic) {
    throw new FormatError({
      file,
      offset,
      expected: 'the trailer of a flatpanel calibration',
      received: 'other bytes: not written by flatpanel, changed by another program since, or truncated'
    })
  }
  const length = new DataView(trailer.buffer, trailer.byteOffset).getBigUint64(TRAILER.lengthAt, true)
  if (length !== BigInt(offset)) {
    throw new FormatError({
      file,
      offset: offset + TRAILER.lengthAt,
      expected: `a trailer for the ${offset} bytes in front of it`,
      received: `one for ${length} bytes`
    })
  }
  return { length: offset, sha256: trailer.subarray(TRAILER.hashAt, TRAILER.length) }
}
