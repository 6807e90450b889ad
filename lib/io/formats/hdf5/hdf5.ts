import type { FrameFormat } from '../frame-format.js'
import { openHdf5 } from './open-hdf5.js'

/** The mark of HDF5: byte 0x89, `HDF`, line ends that a careless transfer changes. */
const mark = [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a]

/**
 * HDF5 and NeXus, read by libhdf5 in a thread of its own. Frames are datasets [rows, cols] or [frames, rows, cols], found as
 * `findHdf5Frames` says, or named by `file.h5::/path`. What a user put before the mark (512, 1024, ... bytes) is skipped.
 * @see HDF5 File Format Specification 3.0, II.A
 */
export const hdf5Format: FrameFormat = {
  name: 'HDF5',
  key: 'hdf5',
  extensions: ['.h5', '.hdf5', '.nxs', '.hdf', '.nx5'],
  matches: (head) => [0, 512, 1024, 2048].some((at) => mark.every((byte, i) => head[at + i] === byte)),
  open: (file, { inside }) => openHdf5(file, { inside })
}
