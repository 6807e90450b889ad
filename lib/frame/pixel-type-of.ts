import { OptionError } from '../errors.js'
import type { PixelData, PixelType } from './pixel-data.js'

/**
 * Short name of the type of an array of pixels.
 * @throws {OptionError} ERR_OPTION when it is not one of the real types that we read
 */
export function pixelTypeOf(data: PixelData): PixelType {
  if (data instanceof Uint16Array) return 'u16'
  if (data instanceof Float32Array) return 'f32'
  if (data instanceof Uint8Array) return 'u8'
  if (data instanceof Int16Array) return 'i16'
  if (data instanceof Uint32Array) return 'u32'
  if (data instanceof Int32Array) return 'i32'
  if (data instanceof Float64Array) return 'f64'
  if (data instanceof Int8Array) return 'i8'
  throw new OptionError({
    subject: 'frame data',
    expected: 'a typed array of 8, 16, 32-bit integers or 32, 64-bit floats',
    received: Object.prototype.toString.call(data)
  })
}
