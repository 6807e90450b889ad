import type { PixelData, PixelType } from '../../frame/pixel-data.js'

/** What is needed to make an array of pixels of each type. */
export const pixelTypeFacts: { readonly [T in PixelType]: { readonly bytes: number; readonly create: (length: number) => PixelData } } = {
  u8: { bytes: 1, create: (length) => new Uint8Array(length) },
  u16: { bytes: 2, create: (length) => new Uint16Array(length) },
  u32: { bytes: 4, create: (length) => new Uint32Array(length) },
  i8: { bytes: 1, create: (length) => new Int8Array(length) },
  i16: { bytes: 2, create: (length) => new Int16Array(length) },
  i32: { bytes: 4, create: (length) => new Int32Array(length) },
  f32: { bytes: 4, create: (length) => new Float32Array(length) },
  f64: { bytes: 8, create: (length) => new Float64Array(length) }
}
