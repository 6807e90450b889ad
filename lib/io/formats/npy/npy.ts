import type { FrameFormat } from '../frame-format.js'
import { latin1Text } from '../latin1-text.js'
import { readNpy } from './read-npy.js'

/**
 * NPY, the array file of numpy: one frame or a stack, integers of 8, 16, 32 bits and floats of 32, 64, either byte order. A frame in
 * Fortran order is turned; a stack in Fortran order is refused.
 * @see NEP 1, A Simple File Format for NumPy Arrays, 2007
 */
export const npyFormat: FrameFormat = {
  name: 'NPY',
  key: 'npy',
  extensions: ['.npy'],
  matches: (head) => latin1Text(head.subarray(0, 6)) === '\x93NUMPY',
  open: (file) => readNpy(file)
}
