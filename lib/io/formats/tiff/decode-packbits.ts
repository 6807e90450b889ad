import { FormatError } from '../../../errors.js'
import type { BlockPlace } from './block-place.js'

/**
 * Unpack PackBits until `target` is full; what follows (a padded last strip) is left alone.
 * @throws {FormatError} ERR_FORMAT when the packed bytes end before
 * @see TIFF Revision 6.0, section 9, 1992
 */
export function decodePackBits(source: Uint8Array, target: Uint8Array, place: BlockPlace): void {
  const end = target.length
  let to = 0
  let from = 0
  while (to < end && from < source.length) {
    const head = source[from++]
    if (head < 128) {
      const length = Math.min(head + 1, end - to, source.length - from)
      for (let i = 0; i < length; i++) target[to++] = source[from++]
    } else if (head > 128 && from < source.length) {
      const stop = Math.min(to + 257 - head, end)
      target.fill(source[from++], to, stop)
      to = stop
    }
  }
  if (to < end) throw new FormatError({ ...place, expected: `PackBits data of ${end} bytes`, received: `${to} bytes` })
}
