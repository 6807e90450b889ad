import type { PixelType } from '../../frame/pixel-data.js'

/** Types of stored values: those of pixels, and those that become one of them: half floats, integers of 64 bits whose values fit. */
export type StoredType = PixelType | 'f16' | 'i64' | 'u64'

/** What values become that are stored in a type of no pixel, and their bytes in the file. */
export const widerTypes = {
  f16: { bytes: 2, type: 'f32' },
  i64: { bytes: 8, type: 'i32' },
  u64: { bytes: 8, type: 'u32' }
} as const satisfies Readonly<Record<string, { readonly bytes: number; readonly type: PixelType }>>

/** True for a type of no pixel. */
export function isWider(type: StoredType): type is keyof typeof widerTypes {
  return type in widerTypes
}
