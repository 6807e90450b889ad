import { dicomFormat } from './dicom/dicom.js'
import { edfFormat } from './edf/edf.js'
import { fitsFormat } from './fits/fits.js'
import type { FrameFormat } from './frame-format.js'
import { geFormat } from './ge/ge.js'
import { hdf5Format } from './hdf5/hdf5.js'
import { hisFormat } from './his/his.js'
import { npyFormat } from './npy/npy.js'
import { npzFormat } from './npy/npz.js'
import { pngFormat } from './png/png.js'
import { tiffFormat } from './tiff/tiff.js'
import { hndFormat } from './varian/hnd.js'
import { ximFormat } from './varian/xim.js'

/** Formats that are recognised by the first bytes of a file, whatever its name is; asked in this order. */
export const FORMATS: readonly FrameFormat[] = [
  tiffFormat,
  hisFormat,
  geFormat,
  ximFormat,
  hndFormat,
  hdf5Format,
  npyFormat,
  npzFormat,
  fitsFormat,
  pngFormat,
  edfFormat,
  dicomFormat
]
