import { latin1Text } from '../latin1-text.js'
import { FormatError } from '../../../errors.js'
import { pixelTypeFacts } from '../pixel-type-facts.js'
import { describePage } from './describe-page.js'
import type { PageLayout } from './page-layout.js'
import { compression, fieldType, tag } from './tags.js'
import type { TiffDirectory, TiffFile } from './tiff-directory.js'

/** Longest ImageDescription that is looked at. */
const longestDescription = 65_536

/**
 * The pages of a stack that ImageJ wrote behind one directory, as it does above 4 GiB: the description gives the number of frames, which
 * stand one behind the other from the first on. Reading the first only would drop the rest in silence.
 * @param directory the only one of the file
 * @returns undefined when it is no such stack
 * @throws {FormatError} ERR_FORMAT when it is one, and packed, or longer than the file
 * @see ImageJ, TiffEncoder and TiffDecoder, 2021
 */
export async function readImageJStack(tiff: TiffFile, directory: TiffDirectory): Promise<PageLayout[] | undefined> {
  const entry = directory.entries.get(tag.description)
  if (!entry || entry.type !== fieldType.ascii || entry.count > longestDescription) return undefined
  if (entry.position + entry.count > tiff.file.size) return undefined
  const text = new Uint8Array(entry.count)
  await tiff.file.read(text, entry.position)
  const words = latin1Text(text)
  const frames = Number(/^ImageJ=[^]*?\nimages=(\d+)/.exec(words)?.[1] ?? 1)
  if (frames === 1) return undefined
  const layout = await describePage(tiff, directory)
  const { rows, cols, type, offsets, byteCounts } = layout
  const frameBytes = rows * cols * pixelTypeFacts[type].bytes
  const plain = layout.compression === compression.none && !layout.tiled
  const together = offsets.every((offset, strip) => strip === 0 || offset === offsets[strip - 1] + byteCounts[strip - 1])
  if (!(frames > 1 && plain && together && offsets[0] + frames * frameBytes <= tiff.file.size)) {
    throw new FormatError({
      file: tiff.file.path,
      offset: entry.position,
      expected: `an ImageJ stack of ${frames} frames, not packed, ${frameBytes} bytes each behind the other`,
      received:
        plain && together ? `${tiff.file.size - offsets[0]} bytes from the first on` : 'packed or scattered ones behind one directory'
    })
  }
  const whole = { ...layout, blockRows: rows, byteCounts: [frameBytes] }
  return Array.from({ length: frames }, (_, k) => ({ ...whole, offsets: [offsets[0] + k * frameBytes] }))
}
