import { FormatError } from '../../../errors.js'
import type { FrameFormat } from '../frame-format.js'
import { readPixelBlock } from '../read-pixel-block.js'
import { describeHis } from './describe-his.js'

const fileType = 0x7000

/**
 * HIS, the file of the PerkinElmer and Varex acquisition library: one or many frames behind a header of 68 bytes and an image header.
 * Pixels of u16, i16, u32, i32 or f64; maps of faults are no frames and refused by name. File size, frame count and rectangle must
 * agree.
 * @see PerkinElmer XIS Reference Book, WinHeaderType and WinImageHeaderType, 2013
 */
export const hisFormat: FrameFormat = {
  name: 'HIS',
  key: 'his',
  extensions: ['.his'],
  matches: (head) => head.length >= 4 && (head[0] | (head[1] << 8)) === fileType && (head[2] | (head[3] << 8)) === 68,
  async open(file) {
    if (file.size < 68) throw new FormatError({ file: file.path, expected: 'a header of 68 bytes', received: `${file.size} bytes` })
    const head = new Uint8Array(Math.min(file.size, 100))
    await file.read(head, 0)
    const { frames, frameBytes, info, ...block } = describeHis(file, head)
    return {
      pages: frames,
      async readPage(index) {
        const data = await readPixelBlock(file, { ...block, position: block.position + index * frameBytes })
        return { data, shape: [block.rows, block.cols], info }
      }
    }
  }
}
