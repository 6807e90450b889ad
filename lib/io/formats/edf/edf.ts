import { FormatError } from '../../../errors.js'
import type { FrameFile } from '../frame-file.js'
import type { FrameFormat } from '../frame-format.js'
import { readPixelBlock } from '../read-pixel-block.js'
import { describeEdf } from './describe-edf.js'
import type { EdfFrame } from './describe-edf.js'
import { readEdfHeader } from './read-edf-header.js'

/** Most frames that one file may hold. */
const mostFrames = 1_000_000

/**
 * EDF, the data format of the ESRF: blocks of a text header and its unpacked pixels, integers of 8, 16, 32 bits and floats of 32, 64,
 * either byte order. Compressed blocks and arrays of other than two dimensions are refused by name.
 * @see ESRF Data Format, SaxsKeywords, P. Boesecke, 2007
 */
export const edfFormat: FrameFormat = {
  name: 'EDF',
  key: 'edf',
  extensions: ['.edf'],
  matches: (head) => /^\s*\{[^{}]*?\w[^{}=]*=/.test(Buffer.from(head.subarray(0, 512)).toString('latin1')),
  async open(file) {
    const frames = await readFrames(file)
    return {
      pages: frames.length,
      async readPage(index) {
        const { rows, cols, info } = frames[index]
        return { data: await readPixelBlock(file, frames[index]), shape: [rows, cols], info }
      }
    }
  }
}

async function readFrames(file: FrameFile): Promise<EdfFrame[]> {
  const frames: EdfFrame[] = []
  for (let at = 0; at < file.size;) {
    const header = await readEdfHeader(file, at)
    if (header === undefined) break
    const frame = describeEdf(file, at, header)
    frames.push(frame)
    at = frame.end
    if (frames.length > mostFrames) throw new FormatError({ file: file.path, expected: `at most ${mostFrames} frames`, received: 'more' })
  }
  if (frames.length === 0) throw new FormatError({ file: file.path, expected: 'a block of header and pixels', received: 'none' })
  return frames
}
