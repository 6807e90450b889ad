import { FormatError } from '../../../errors.js'
import { assertFrameCount } from '../assert-frame-count.js'
import type { FrameFile } from '../frame-file.js'
import type { FrameFormat } from '../frame-format.js'
import { readPixelBlock } from '../read-pixel-block.js'
import { describeFits } from './describe-fits.js'
import type { FitsStack } from './describe-fits.js'
import { readCards } from './read-cards.js'

const blockBytes = 2880
/** Most headers that are looked at in one file. */
const mostHeaders = 10_000

/**
 * FITS: the primary array and IMAGE extensions of two or three axes, 8, 16, 32-bit integers (also the unsigned ones by BZERO) and
 * floats; more axes where all but one of them have one value. Other scaling and compressed extensions are refused by name; tables are
 * passed over, and so are extensions that their names tell as uncertainties, masks, flags of quality or weights of the frames.
 *
 * Rows come in the order in which they are stored. The convention of FITS viewers puts the first at the bottom, which
 * `info.firstRowLowest` says, unless the keyword ROWORDER says TOP-DOWN.
 * @see FITS Standard 4.0, 2016
 */
export const fitsFormat: FrameFormat = {
  name: 'FITS',
  key: 'fits',
  extensions: ['.fits', '.fit', '.fts'],
  matches: (head) => /^SIMPLE {2}= +[TF]/.test(Buffer.from(head.subarray(0, 80)).toString('latin1')),
  async open(file) {
    const stacks = await readStacks(file)
    assertFrameCount(
      file.path,
      stacks.reduce((sum, { frames }) => sum + frames, 0)
    )
    const pages = stacks.flatMap((stack) => Array.from({ length: stack.frames }, (_, index) => ({ stack, index })))
    if (pages.length === 0) throw new FormatError({ file: file.path, expected: 'an array of two or three axes', received: 'none' })
    return {
      pages: pages.length,
      async readPage(page) {
        const { stack, index } = pages[page]
        const data = await readPixelBlock(file, { ...stack, byteOrder: 'big', position: stack.position + index * stack.frameBytes })
        return { data: stack.toStored(data), shape: [stack.rows, stack.cols], info: stack.info }
      }
    }
  }
}

async function readStacks(file: FrameFile): Promise<FitsStack[]> {
  const stacks: FitsStack[] = []
  let at = 0
  for (let header = 0; at < file.size && !(await isFill(file, at)); header++) {
    if (header === mostHeaders) {
      throw new FormatError({ file: file.path, offset: at, expected: `at most ${mostHeaders} headers`, received: 'more' })
    }
    const { values, end } = await readCards(file, at)
    const { bytes, stack } = describeFits(file, at, values, end)
    if (end + bytes > file.size) {
      throw new FormatError({
        file: file.path,
        offset: end,
        expected: `${bytes} bytes of pixels`,
        received: `${file.size - end} up to the end of the file`
      })
    }
    if (stack) stacks.push(stack)
    at = end + Math.ceil(bytes / blockBytes) * blockBytes
  }
  return stacks
}

/** Less than a block of zeros or spaces at the end of the file; a header that is cut is none. */
async function isFill(file: FrameFile, at: number): Promise<boolean> {
  if (at === 0 || at + blockBytes <= file.size) return false
  const rest = new Uint8Array(file.size - at)
  await file.read(rest, at)
  return rest.every((byte) => byte === 0 || byte === 0x20)
}
