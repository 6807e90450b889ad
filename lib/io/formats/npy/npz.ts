import type { FrameFormat } from '../frame-format.js'
import { openNpz } from './open-npz.js'

/**
 * NPZ: NPY arrays in a ZIP file, stored or deflated. The only array that can be frames is taken; where there are more, `file.npz::name`
 * says which.
 * @see numpy.savez; PKWARE APPNOTE 6.3, 2006
 */
export const npzFormat: FrameFormat = {
  name: 'NPZ',
  key: 'npz',
  extensions: ['.npz'],
  matches: (head) => head[0] === 0x50 && head[1] === 0x4b && ((head[2] === 3 && head[3] === 4) || (head[2] === 5 && head[3] === 6)),
  open: (file, { inside }) => openNpz(file, inside)
}
