import type { PixelData, PixelType } from '../../frame/pixel-data.js'
import { frameMemory } from './frame-memory.js'

/**
 * What is needed to make an array of pixels of each type. What `create` gives is not cleared, which takes as long as reading: fill all
 * of it.
 */
export const pixelTypeFacts: { readonly [T in PixelType]: { readonly bytes: number; readonly create: (length: number) => PixelData } } = {
  u8: { bytes: 1, create: (length) => new Uint8Array(frameMemory.take(length)) },
  u16: { bytes: 2, create: (length) => new Uint16Array(frameMemory.take(2 * length)) },
  u32: { bytes: 4, create: (length) => new Uint32Array(frameMemory.take(4 * length)) },
  i8: { bytes: 1, create: (length) => new Int8Array(frameMemory.take(length)) },
  i16: { bytes: 2, create: (length) => new Int16Array(frameMemory.take(2 * length)) },
  i32: { bytes: 4, create: (length) => new Int32Array(frameMemory.take(4 * length)) },
  f32: { bytes: 4, create: (length) => new Float32Array(frameMemory.take(4 * length)) },
  f64: { bytes: 8, create: (length) => new Float64Array(frameMemory.take(8 * length)) }
}
