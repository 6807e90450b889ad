import { FormatError } from '../../errors.js'
import { FIRST_TRAILER, TRAILER } from './trailer-layout.js'

/** What the trailer says of what stands in front of it. */
export interface Seal {
  /** Bytes of the HDF5 part. */
  readonly length: number
  /** Bytes of the header behind it; 0: a file of 0.1.0, which has none. */
  readonly headerLength: number
  /** SHA-256 of the header, or where there is none of the HDF5 part: 32 bytes. */
  readonly sha256: Uint8Array
}

/**
 * Read the trailer of a calibration file and check that the file is as long as it says.
 * @param file name for messages
 * @param size bytes of the whole file
 * @param trailer its last bytes, at least 64 where it has so many
 * @throws {FormatError} ERR_FORMAT when there is no trailer, or the length does not fit
 */
export function readTrailer(file: string, size: number, trailer: Uint8Array): Seal {
  const layout = [TRAILER, FIRST_TRAILER].find(({ length, magic }) => textAt(trailer, trailer.length - length) === magic)
  if (layout === undefined) {
    throw new FormatError({
      file,
      offset: Math.max(0, size - TRAILER.length),
      expected: 'the trailer of a flatpanel calibration',
      received: 'other bytes: not written by flatpanel, changed by another program since, or truncated'
    })
  }
  const start = trailer.length - layout.length
  const view = new DataView(trailer.buffer, trailer.byteOffset + start, layout.length)
  const length = view.getBigUint64(layout.lengthAt, true)
  const headerLength = layout === TRAILER ? view.getBigUint64(TRAILER.headerLengthAt, true) : 0n
  const offset = size - layout.length
  const isShort = layout === TRAILER && headerLength === 0n
  if (length + headerLength !== BigInt(offset) || isShort) {
    throw new FormatError({
      file,
      offset: offset + layout.lengthAt,
      expected: `a trailer for the ${offset} bytes in front of it`,
      received: `one for ${length + headerLength} bytes${isShort ? ' without a header' : ''}`
    })
  }
  const sha256 = trailer.subarray(start + layout.hashAt, start + layout.length)
  return { length: Number(length), headerLength: Number(headerLength), sha256 }
}

function textAt(bytes: Uint8Array, from: number): string {
  return from < 0 ? '' : new TextDecoder('latin1').decode(bytes.subarray(from, from + TRAILER.magic.length))
}
