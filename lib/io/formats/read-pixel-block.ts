import { FormatError } from '../../errors.js'
import type { PixelData } from '../../frame/pixel-data.js'
import type { FrameFile } from './frame-file.js'
import { LARGEST_FRAME } from './largest-frame.js'
import type { PixelBlock } from './pixel-block.js'
import { pixelTypeFacts } from './pixel-type-facts.js'
import { swapBytes } from './swap-bytes.js'

/**
 * Read the pixels of a frame that stand unpacked in a file; memory is asked for only when the file is long enough.
 * @returns rows * cols values in an array of their own
 * @throws {FormatError} ERR_FORMAT when the file ends before, or the frame is larger than any that is read
 * @throws {IoError} ERR_IO
 */
export async function readPixelBlock(file: FrameFile, { rows, cols, type, byteOrder, position }: PixelBlock): Promise<PixelData> {
  const { bytes, create } = pixelTypeFacts[type]
  const length = rows * cols * bytes
  if (!(rows >= 1 && cols >= 1 && length <= LARGEST_FRAME)) {
    throw new FormatError({
      file: file.path,
      expected: `a frame of 1 to ${LARGEST_FRAME} bytes`,
      received: `${rows} rows x ${cols} columns x ${bytes} bytes`
    })
  }
  if (position + length > file.size) {
    throw new FormatError({
      file: file.path,
      offset: position,
      expected: `${length} bytes of pixels (${rows} rows x ${cols} columns x ${bytes} bytes)`,
      received: `${Math.max(0, file.size - position)} up to the end of the file (${file.size} bytes)`
    })
  }
  const data = create(rows * cols)
  const target = new Uint8Array(data.buffer)
  await file.read(target, position)
  if (byteOrder === 'big') swapBytes(target, bytes)
  return data
}
