import { FormatError } from '../errors.js'
import { pixelTypeOf } from './pixel-type-of.js'
import type { KernelPixels, PixelData } from './pixel-data.js'

/**
 * Give pixels in a type that the kernels know: u16 and f32 as they are (no copy); u8, i8 and i16 as f32, exactly;
 * u32, i32 and f64 as f32 when every value is exact there (a NaN or an infinity is), refused otherwise.
 * @param subject name of the frame for the message
 * @param scratch receives the converted values when its length fits; a new array otherwise
 * @throws {FormatError} ERR_FORMAT when a value has no exact float32
 * @throws {OptionError} ERR_OPTION when `data` is no array of pixels
 */
export function toKernelPixels(subject: string, data: PixelData, scratch?: Float32Array): KernelPixels {
  if (data instanceof Uint16Array || data instanceof Float32Array) return data
  const type = pixelTypeOf(data)
  const out = scratch && scratch.length === data.length ? scratch : new Float32Array(data.length)
  out.set(data)
  if (type === 'u32' || type === 'i32' || type === 'f64') assertExact(subject, data, out)
  return out
}

function assertExact(subject: string, data: PixelData, converted: Float32Array): void {
  for (let i = 0; i < data.length; i++) {
    if (converted[i] !== data[i] && data[i] === data[i]) {
      throw new FormatError({ file: subject, expected: 'values that float32 holds exactly', received: `${data[i]} at pixel ${i}` })
    }
  }
}
