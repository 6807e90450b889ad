import { FormatError } from '../../../errors.js'
import type { BlockPlace } from './block-place.js'

const clear = 256
const endOfInformation = 257
const tableSize = 4096

/** The string of each code, as the place in the output where it was last written whole. Used within one call only. */
const starts = new Uint32Array(tableSize)
const lengths = new Uint32Array(tableSize)

/**
 * Unpack LZW as TIFF 6.0 defines it (most significant bit first, codes widen one early) until `target` is full; what
 * follows (a padded last strip) is left alone.
 *
 * The string of a new code is the string before it and the first byte of the current one: these stand side by side in
 * the output, so the table holds places in the output and no strings.
 * @throws {FormatError} ERR_FORMAT for the bit-reversed LZW of old writers, for an impossible code, and when the data end early
 * @see TIFF Revision 6.0, section 13, 1992
 */
export function decodeLzw(source: Uint8Array, target: Uint8Array, place: BlockPlace): void {
  if (source[0] === 0 && (source[1] & 1) === 1) {
    throw new FormatError({ ...place, expected: 'LZW as in TIFF 6.0', received: 'old-style LZW (bits reversed)' })
  }
  const end = target.length
  let to = 0
  let from = 0
  let bits = 0
  let available = 0
  let width = 9
  let next = 258
  let previousStart = 0
  let previousLength = 0
  while (to < end) {
    while (available < width && from < source.length) {
      bits = (bits << 8) | source[from++]
      available += 8
    }
    if (available < width) break
    available -= width
    const code = (bits >>> available) & ((1 << width) - 1)
    if (code === clear) {
      width = 9
      next = 258
      previousLength = 0
      continue
    }
    if (code === endOfInformation) break
    const start = to
    if (code < 256) {
      target[to++] = code
    } else {
      const fresh = code === next && next < tableSize
      if (previousLength === 0 || (code >= next && !fresh)) {
        throw new FormatError({ ...place, expected: `an LZW code below ${next}`, received: `${code} after ${to} unpacked bytes` })
      }
      let copy = fresh ? previousStart : starts[code]
      const stop = Math.min(end, to + (fresh ? previousLength + 1 : lengths[code]))
      while (to < stop) target[to++] = target[copy++]
    }
    if (previousLength > 0 && next < tableSize) {
      starts[next] = previousStart
      lengths[next] = previousLength + 1
      next++
      if (next === (1 << width) - 1 && width < 12) width++
    }
    previousStart = start
    previousLength = to - start
  }
  if (to < end) throw new FormatError({ ...place, expected: `LZW data of ${end} bytes`, received: `${to} bytes` })
}
