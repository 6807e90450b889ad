import type { FrameFormat } from './frame-format.js'
import { npyFormat } from './npy/npy.js'
import { npzFormat } from './npy/npz.js'
import { tiffFormat } from './tiff/tiff.js'

/** Formats that are recognised by the first bytes of a file, whatever its name is; asked in this order. */
export const FORMATS: readonly FrameFormat[] = [tiffFormat, npyFormat, npzFormat]
