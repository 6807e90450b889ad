import { createHash } from 'node:crypto'
import { endianness } from 'node:os'
import { pixelTypeOf } from '../frame/pixel-type-of.js'
import type { RawFrame } from '../frame/raw-frame.js'
import { assertLittleEndian } from './assert-little-endian.js'

assertLittleEndian(endianness())

/**
 * SHA-256 of a frame, hex: over the ASCII line `flatpanel.frame/1 <type> <rows> <cols>\n` (`<type>` as `u16`, `f32`, ...)
 * and the pixel values, little-endian. The same frame has the same hash in whatever file it stands.
 * @param frame shape [rows, cols]; the machine is little-endian, so its bytes are hashed as they are
 * @throws {OptionError} ERR_OPTION when `data` is no array of pixels
 * @see FIPS 180-4, 2015
 */
export function hashFrame({ data, shape }: Pick<RawFrame, 'data' | 'shape'>): string {
  return createHash('sha256')
    .update(`flatpanel.frame/1 ${pixelTypeOf(data)} ${shape[0]} ${shape[1]}\n`, 'ascii')
    .update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
    .digest('hex')
}
