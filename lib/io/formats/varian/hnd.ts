import { FormatError } from '../../../errors.js'
import type { FrameInfo } from '../../../frame/frame-info.js'
import type { FrameFormat } from '../frame-format.js'
import { LARGEST_UNPACKED } from '../largest-unpacked.js'
import { undoDifferences } from './undo-differences.js'

const headerBytes = 1024

/**
 * HND, a compressed frame of Varian on-board imagers: a header of 1024 bytes, a table of lengths, differences. Pixels are i32.
 * @see Varian HND as described by the Reconstruction Toolkit, HndImageIO, 2020
 */
export const hndFormat: FrameFormat = {
  name: 'HND',
  key: 'hnd',
  extensions: ['.hnd', '.hnc'],
  matches: (head) => /^VARIAN_VA_INTERNAL_HND/.test(Buffer.from(head.subarray(0, 32)).toString('latin1')),
  async open(file) {
    const refuse = (offset: number, expected: string, received: string): never => {
      throw new FormatError({ file: file.path, offset, expected, received })
    }
    if (file.size < headerBytes) refuse(0, `a header of ${headerBytes} bytes`, `${file.size} bytes`)
    const head = new Uint8Array(headerBytes)
    await file.read(head, 0)
    const view = new DataView(head.buffer)
    const [cols, rows] = [view.getUint32(120, true), view.getUint32(124, true)]
    const lengthBytes = Math.ceil(((rows - 1) * cols) / 4)
    // a pixel takes a byte and two bits at least, so the file bounds the frame
    if (rows < 2 || cols < 1 || rows * cols * 4 > LARGEST_UNPACKED || headerBytes + lengthBytes + rows * cols > file.size) {
      refuse(120, 'a frame that fits in the file', `${rows} rows x ${cols} columns in ${file.size} bytes`)
    }
    const info = infoOf(view)
    return {
      pages: 1,
      async readPage() {
        const bytes = new Uint8Array(file.size - headerBytes)
        await file.read(bytes, headerBytes)
        const lengths = bytes.subarray(0, lengthBytes)
        const data = new Int32Array(rows * cols)
        const used = undoDifferences({ rows, cols, lengths, packed: new DataView(bytes.buffer, lengthBytes) }, data)
        if (used < 0) refuse(headerBytes + lengthBytes, `${rows} rows x ${cols} columns of differences`, 'fewer, or one of unknown length')
        return { data, shape: [rows, cols], info }
      }
    }
  }
}

function infoOf(view: DataView): FrameInfo {
  const [pitchCols, pitchRows, kilovolts, milliamps] = [352, 360, 400, 408].map((offset) => view.getFloat64(offset, true))
  const known = (value: number): boolean => Number.isFinite(value) && value > 0
  return {
    ...(known(pitchRows) && known(pitchCols) && { pixelPitch: [pitchRows, pitchCols] as const }),
    ...(known(kilovolts) && { kilovolts }),
    ...(known(milliamps) && { milliamps })
  }
}
