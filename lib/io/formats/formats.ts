import type { FrameFormat } from './frame-format.js'
import { edfFormat } from './edf/edf.js'
import { fitsFormat } from './fits/fits.js'
import { hisFormat } from './his/his.js'
import { npyFormat } from './npy/npy.js'
import { npzFormat } from './npy/npz.js'
import { pngFormat } from './png/png.js'
import { tiffFormat } from './tiff/tiff.js'

/** Formats that are recognised by the first bytes of a file, whatever its name is; asked in this order. */
export const FORMATS: readonly FrameFormat[] = [tiffFormat, hisFormat, npyFormat, npzFormat, fitsFormat, pngFormat, edfFormat]
