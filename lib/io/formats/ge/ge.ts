import { FormatError } from '../../../errors.js'
import type { FrameFormat } from '../frame-format.js'
import { readPixelBlock } from '../read-pixel-block.js'
import { describeGe } from './describe-ge.js'

const headerBytes = 8192

/**
 * The file of GE amorphous-silicon detectors: a header of 8192 bytes that begins with ADEPT, then frames of u8, u16 or u32. Headers
 * that were blanked, or overwritten with text, as a synchrotron did from 2018 on, are not recognised; read as this format by name they
 * stand for frames of 2048 x 2048, u16, as many as the file holds.
 * @see GE Revolution header as described by fabio, GEimage, 2024
 */
export const geFormat: FrameFormat = {
  name: 'GE',
  key: 'ge',
  extensions: ['.ge', '.ge1', '.ge2', '.ge3', '.ge4', '.ge5'],
  matches: (head) => Buffer.from(head.subarray(0, 5)).toString('latin1') === 'ADEPT',
  async open(file) {
    if (file.size <= headerBytes) {
      throw new FormatError({ file: file.path, expected: `a header of ${headerBytes} bytes and pixels`, received: `${file.size} bytes` })
    }
    const head = new Uint8Array(headerBytes)
    await file.read(head, 0)
    const { frames, frameBytes, info, ...block } = describeGe(file, head)
    return {
      pages: frames,
      async readPage(index) {
        const data = await readPixelBlock(file, { ...block, position: block.position + index * frameBytes })
        return { data, shape: [block.rows, block.cols], info }
      }
    }
  }
}
