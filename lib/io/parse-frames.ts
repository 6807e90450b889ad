import { FormatError, OptionError } from '../errors.js'
import type { RawFrame } from '../frame/raw-frame.js'
import { bytesFile } from './formats/bytes-file.js'
import type { FrameFormat } from './formats/frame-format.js'
import { npyFormat } from './formats/npy/npy.js'
import { tiffFormat } from './formats/tiff/tiff.js'

/** Formats whose readers need nothing of Node. */
const PURE_FORMATS: readonly FrameFormat[] = [tiffFormat, npyFormat]

/**
 * The frames of a TIFF or NPY file from its bytes, page by page, as `readFrames` reads them; for pages and renderer processes, where the
 * bytes come from `fetch` or a file that was chosen. No hash is made. Deflated TIFFs are refused outside of Node.
 * @param bytes the whole file
 * @param name for messages, and in the info of each frame
 * @throws {OptionError} ERR_OPTION while iterating, when `bytes` is no Uint8Array
 * @throws {FormatError} ERR_FORMAT while iterating: another format, damaged or unsupported content
 */
export async function* parseFrames(bytes: Uint8Array, name = 'frames'): AsyncGenerator<RawFrame, void, void> {
  if (!(bytes instanceof Uint8Array)) throw new OptionError({ subject: name, expected: 'a Uint8Array', received: typeof bytes })
  const format = PURE_FORMATS.find((one) => one.matches(bytes.subarray(0, 4096), bytes.length))
  if (format === undefined) {
    const names = PURE_FORMATS.map((one) => one.name).join(' or ')
    throw new FormatError({ file: name, offset: 0, expected: `a frame file (${names})`, received: 'other first bytes' })
  }
  const reader = await format.open(bytesFile(name, bytes), {})
  const { pages } = reader
  for (let page = 0; page < pages; page++) {
    const { data, shape, info } = await reader.readPage(page)
    yield { data, shape, info: { ...info, name: pages === 1 ? name : `${name} page ${page + 1}` } }
  }
}
