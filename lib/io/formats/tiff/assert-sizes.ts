import { FormatError } from '../../../errors.js'
import type { FrameFile } from '../frame-file.js'
import { pixelTypeFacts } from '../pixel-type-facts.js'
import { blockBytes } from './block-bytes.js'
import type { PageLayout } from './page-layout.js'
import { compression } from './tags.js'

/** Largest page that is read, in bytes. */
const largestPage = 2 ** 31
/** Largest tile of a page that is smaller, in bytes: a page of one pixel takes no gigabytes. */
const largestTile = 2 ** 26
/** No honest block unpacks to more: a run of equal bytes gives 1032 in deflate, about 1320 in LZW, 64 in PackBits. */
const largestRatio = 2000

/**
 * Assert that a page can be what it says, before anything of its size is allocated: every block inside the file, all of
 * them together no longer than the file, enough stored bytes for the pixels.
 * @param at byte offset of the directory, for messages
 * @throws {FormatError} ERR_FORMAT with the arithmetic
 */
export function assertSizes(file: FrameFile, at: number, layout: PageLayout): void {
  const { rows, cols, type, offsets, byteCounts } = layout
  const { bytes } = pixelTypeFacts[type]
  const pageBytes = rows * cols * bytes
  const page = `${rows} rows x ${cols} cols x ${bytes} bytes = ${pageBytes}`
  if (pageBytes > largestPage) {
    throw new FormatError({ file: file.path, offset: at, expected: `a page of at most ${largestPage} bytes`, received: page })
  }
  const largestBlock = Math.max(pageBytes, largestTile)
  if (blockBytes(layout, 0) > largestBlock) {
    throw new FormatError({
      file: file.path,
      offset: at,
      expected: `tiles of at most ${largestBlock} bytes`,
      received: String(blockBytes(layout, 0))
    })
  }
  let stored = 0
  for (let index = 0; index < offsets.length; index++) {
    assertBlock(file, at, layout, index)
    stored += layout.compression === compression.none ? blockBytes(layout, index) : byteCounts[index]
  }
  if (stored > file.size) {
    throw new FormatError({
      file: file.path,
      offset: at,
      expected: `blocks that fit side by side into ${file.size} bytes`,
      received: `${stored} bytes`
    })
  }
}

function assertBlock(file: FrameFile, at: number, layout: PageLayout, index: number): void {
  const offset = layout.offsets[index]
  const count = layout.byteCounts[index]
  const block = `${layout.tiled ? 'tile' : 'strip'} ${index}`
  const needed = blockBytes(layout, index)
  if (offset === 0 || count === 0) {
    throw new FormatError({
      file: file.path,
      offset: at,
      expected: `bytes for ${block}`,
      received: `offset ${offset}, ${count} bytes (a sparse file)`
    })
  }
  if (offset + count > file.size) {
    throw new FormatError({
      file: file.path,
      offset,
      expected: `${count} bytes of ${block}`,
      received: `${Math.max(0, file.size - offset)} up to the end of the file (${file.size} bytes)`
    })
  }
  if (layout.compression === compression.none && count < needed) {
    throw new FormatError({ file: file.path, offset, expected: `${needed} bytes of ${block}`, received: String(count) })
  }
  if (layout.compression !== compression.none && needed > largestRatio * count) {
    throw new FormatError({
      file: file.path,
      offset,
      expected: `${block} of at most ${largestRatio} times its ${count} stored bytes`,
      received: `${needed} bytes`
    })
  }
}
