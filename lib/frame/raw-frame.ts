import type { FrameInfo } from './frame-info.js'
import type { PixelData } from './pixel-data.js'
import type { Shape } from './shape.js'

/** One frame as the detector gave it, in DN. `data` has rows * cols values, row-major. */
export interface RawFrame {
  readonly data: PixelData
  readonly shape: Shape
  readonly info?: FrameInfo
}
