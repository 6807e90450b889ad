import { FormatError } from '../../../errors.js'
import { hasPreamble } from '../dicom/has-preamble.js'
import { parseFrameNote } from '../../parse-frame-note.js'
import type { FrameFile } from '../frame-file.js'
import type { FrameFormat } from '../frame-format.js'
import { assertFrameCount } from '../assert-frame-count.js'
import { blockBytes } from './block-bytes.js'
import { describePage } from './describe-page.js'
import type { PageLayout } from './page-layout.js'
import { readDescription } from './read-description.js'
import { readDirectories } from './read-directories.js'
import type { HiddenStack } from './read-hidden-stack.js'
import { readHiddenStack } from './read-hidden-stack.js'
import { readPage } from './read-page.js'
import { readValues } from './read-values.js'
import { compression, tag } from './tags.js'
import type { TiffDirectory, TiffFile } from './tiff-directory.js'

/**
 * TIFF and BigTIFF with one grey sample per pixel: strips or tiles, none, deflate, LZW or PackBits, predictors 1 to 3,
 * 8, 16, 32-bit integers and 32, 64-bit floats. Everything else is refused by name.
 *
 * Values are returned as stored: `minIsWhite` is reported, Orientation is not applied. Directories that declare
 * themselves reduced copies (thumbnails) or transparency masks are no frames. Frames that ImageJ, MetaMorph or tifffile put behind
 * one directory are all read. What flatpanel stated of a frame in its ImageDescription is read back, above all that it was corrected.
 * @see TIFF Revision 6.0, 1992; BigTIFF design, 2007
 */
export const tiffFormat: FrameFormat = {
  name: 'TIFF',
  key: 'tiff',
  extensions: ['.tif', '.tiff', '.btf', '.tf8'],
  matches(head) {
    const [a, b, c, d] = head
    const version = a === 0x49 && b === 0x49 && d === 0 ? c : a === 0x4d && b === 0x4d && c === 0 ? d : 0
    // a header of TIFF may stand in the preamble of DICOM, for viewers that know one of them
    return (version === 42 || version === 43) && !hasPreamble(head)
  },
  async open(file) {
    const { tiff, directories } = await readDirectories(file)
    const frames: TiffDirectory[] = []
    for (const directory of directories) if (await isFrame(tiff, directory)) frames.push(directory)
    if (frames.length === 0) {
      throw new FormatError({
        file: file.path,
        expected: 'a page that is a frame',
        received: `only thumbnails or masks (directories: ${directories.length})`
      })
    }
    const { pages, layoutOf, directoryOf } = await listPages(tiff, frames, directories.length === 1)
    const account = countBytes(file)
    return {
      pages,
      async readPage(index) {
        const layout = await layoutOf(index)
        account(index, directories[0].offset, layout)
        const note = parseFrameNote(await readDescription(tiff, directoryOf(index)))
        const { info, ...frame } = await readPage(tiff, layout)
        return { ...frame, ...((note || info) && { info: { ...note?.info, ...info } }) }
      }
    }
  }
}

interface PageList {
  readonly pages: number
  readonly layoutOf: (page: number) => PageLayout | Promise<PageLayout>
  readonly directoryOf: (page: number) => TiffDirectory
}

/** The pages of all directories in order; behind one may stand several. */
async function listPages(tiff: TiffFile, directories: readonly TiffDirectory[], only: boolean): Promise<PageList> {
  const starts: number[] = []
  const stacks: (HiddenStack | undefined)[] = []
  let pages = 0
  for (const directory of directories) {
    const hidden = await readHiddenStack(tiff, directory, only)
    starts.push(pages)
    stacks.push(hidden)
    pages += hidden?.frames ?? 1
    assertFrameCount(tiff.file.path, pages, directory.offset)
  }
  if (pages === directories.length) {
    return { pages, layoutOf: (page) => describePage(tiff, directories[page]), directoryOf: (page) => directories[page] }
  }
  const behind = (page: number): number => starts.findLastIndex((start) => start <= page)
  return {
    pages,
    directoryOf: (page) => directories[behind(page)],
    layoutOf(page) {
      const k = behind(page)
      return stacks[k]?.layoutOf(page - starts[k]) ?? describePage(tiff, directories[k])
    }
  }
}

/**
 * Pages do not share bytes: all of them together are no longer than the file. A few bytes that thousands of pages share would unpack to
 * any amount of work.
 */
function countBytes({ path, size }: FrameFile): (page: number, offset: number, layout: PageLayout) => void {
  const counted = new Set<number>()
  let stored = 0
  return (page, offset, layout) => {
    if (counted.has(page)) return
    counted.add(page)
    const plain = layout.compression === compression.none
    layout.byteCounts.forEach((count, block) => (stored += plain ? blockBytes(layout, block) : count))
    if (stored <= size) return
    throw new FormatError({
      file: path,
      offset,
      expected: `pages that fit side by side into ${size} bytes`,
      received: `${stored} bytes of ${counted.size} pages`
    })
  }
}

/** NewSubfileType: bit 0 a reduced copy, bit 2 a transparency mask. SubfileType of old writers: 2 a reduced copy. */
async function isFrame(tiff: TiffFile, directory: TiffDirectory): Promise<boolean> {
  const kind = directory.entries.get(tag.newSubfileType)
  if (kind) return ((await readValues(tiff, directory, kind, 1))[0] & 5) === 0
  const oldKind = directory.entries.get(tag.subfileType)
  return !oldKind || (await readValues(tiff, directory, oldKind, 1))[0] !== 2
}
