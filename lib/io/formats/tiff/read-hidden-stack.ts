import { FormatError } from '../../../errors.js'
import { assertFrameCount } from '../assert-frame-count.js'
import { pixelTypeFacts } from '../pixel-type-facts.js'
import { describePage } from './describe-page.js'
import type { PageLayout } from './page-layout.js'
import { readDescription } from './read-description.js'
import { compression, tag } from './tags.js'
import type { TiffDirectory, TiffFile } from './tiff-directory.js'

/** Frames that stand one behind the other, of which only the first has a directory. */
export interface HiddenStack {
  readonly frames: number
  /** @param frame from 0 */
  readonly layoutOf: (frame: number) => PageLayout
}

/** Who hides frames so, and how many. */
interface Claim {
  readonly writer: string
  readonly frames: number
}

/**
 * The frames behind one directory: of ImageJ above 4 GiB, of MetaMorph (STK), of tifffile with `truncate=True`. Field or description give
 * their number; they stand one behind the other from the first on. Reading the first only would drop the rest in silence.
 * @param only true for the only directory of the file: ImageJ states the number where all have theirs, too
 * @returns undefined where the directory stands for itself
 * @throws {FormatError} ERR_FORMAT when the frames are packed, scattered, or longer than the file
 * @see ImageJ, TiffEncoder and TiffDecoder, 2021; Molecular Devices, MetaMorph Stack (STK) Image File Format, 2005;
 * tifffile, TiffWriter, 2023
 */
export async function readHiddenStack(tiff: TiffFile, directory: TiffDirectory, only: boolean): Promise<HiddenStack | undefined> {
  const claim = await readClaim(tiff, directory, only)
  if (claim === undefined || claim.frames === 1) return undefined
  const { path, size } = tiff.file
  const { writer, frames } = claim
  const layout = await describePage(tiff, directory)
  const { rows, cols, type, offsets, byteCounts } = layout
  const frameBytes = rows * cols * pixelTypeFacts[type].bytes
  const plain = layout.compression === compression.none && !layout.tiled
  const together = offsets.every((offset, strip) => strip === 0 || offset === offsets[strip - 1] + byteCounts[strip - 1])
  if (!(Number.isInteger(frames) && frames > 1 && plain && together && offsets[0] + frames * frameBytes <= size)) {
    throw new FormatError({
      file: path,
      offset: directory.offset,
      expected: `${writer} stack of ${frames} frames, not packed, ${frameBytes} bytes each behind the other`,
      received: plain && together ? `${size - offsets[0]} bytes from the first on` : 'packed or scattered ones behind one directory'
    })
  }
  assertFrameCount(path, frames, directory.offset)
  const whole = { ...layout, blockRows: rows, byteCounts: [frameBytes] }
  return { frames, layoutOf: (frame) => ({ ...whole, offsets: [offsets[0] + frame * frameBytes] }) }
}

async function readClaim(tiff: TiffFile, directory: TiffDirectory, only: boolean): Promise<Claim | undefined> {
  const planes = directory.entries.get(tag.metaMorphPlanes)?.count
  if (planes !== undefined) return { writer: 'a MetaMorph', frames: planes }
  const text = await readDescription(tiff, directory)
  const images = only ? /^ImageJ=[^\n]*\n(?:[^\n]*\n)*?images=(\d{1,15})/.exec(text)?.[1] : undefined
  if (images !== undefined) return { writer: 'an ImageJ', frames: Number(images) }
  const values = truncatedShape(text)
  if (values === undefined) return undefined
  const { rows, cols } = await describePage(tiff, directory)
  return { writer: 'a truncated', frames: values / (rows * cols) }
}

/** Values of all frames together, where tifffile says that it wrote the directory of the first only. */
function truncatedShape(text: string): number | undefined {
  if (!text.includes('"truncated"')) return undefined
  try {
    const { shape, truncated } = JSON.parse(text.slice(0, text.lastIndexOf('}') + 1)) as { shape?: unknown; truncated?: unknown }
    if (truncated !== true || !Array.isArray(shape)) return undefined
    return shape.map(Number).reduce((product, extent) => product * extent, 1)
  } catch {
    return undefined
  }
}
