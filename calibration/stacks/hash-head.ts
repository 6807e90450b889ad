import { pixelTypeOf } from '../../lib/frame/pixel-type-of.js'
import type { RawFrame } from '../../lib/frame/raw-frame.js'

/** The line of ASCII that is hashed before the pixel values of a frame. */
export function hashHead({ data, shape }: RawFrame): string {
  return `flatpanel.frame/1 ${pixelTypeOf(data)} ${shape[0]} ${shape[1]}\n`
}
