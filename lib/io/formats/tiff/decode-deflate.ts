import { FormatError } from '../../../errors.js'
import { zlibOfNode } from '../zlib-of-node.js'
import type { BlockPlace } from './block-place.js'

/**
 * Unpack a zlib stream into `target`; its checksum is verified.
 * @param most bytes that the stream may unpack to; above `target.length` for a padded last strip, whose rest is left alone
 * @throws {FormatError} ERR_FORMAT when the stream is damaged, too short or too long
 * @see RFC 1950, 1996
 */
export function decodeDeflate(source: Uint8Array, target: Uint8Array, most: number, place: BlockPlace): void {
  const unpacked = inflate(source, most, place)
  if (unpacked.length < target.length) {
    throw new FormatError({ ...place, expected: `deflate data of ${target.length} bytes`, received: `${unpacked.length} bytes` })
  }
  target.set(unpacked.length === target.length ? unpacked : unpacked.subarray(0, target.length))
}

function inflate(source: Uint8Array, most: number, place: BlockPlace): Uint8Array {
  const zlib = zlibOfNode()
  if (zlib === null)
    throw new FormatError({ ...place, expected: 'pixels that a page can unpack: none, LZW or PackBits', received: 'deflate' })
  try {
    // one chunk takes all; the extra bytes spare zlib a second chunk in which to find the end of the stream
    return zlib.inflateSync(source, { chunkSize: most + 64, maxOutputLength: most })
  } catch (error) {
    throw new FormatError({
      ...place,
      expected: `deflate data of at most ${most} bytes`,
      received: (error as Error).message,
      cause: error
    })
  }
}
