import type { FrameFormat } from './frame-format.js'
import { tiffFormat } from './tiff/tiff.js'

/** Formats that are recognised by the first bytes of a file, whatever its name is; asked in this order. */
export const FORMATS: readonly FrameFormat[] = [tiffFormat]
