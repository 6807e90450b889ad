import { FormatError } from '../../errors.js'
import type { FrameFormat } from '../formats/frame-format.js'
import { hdf5Format } from '../formats/hdf5/hdf5.js'
import { openFrameFile } from '../formats/open-frame-file.js'
import { pngFormat } from '../formats/png/png.js'
import { tiffFormat } from '../formats/tiff/tiff.js'
import { TRAILER } from '../nexus/trailer-layout.js'
import type { DefectsFormat } from './defects-format.js'

/** HDF5 may have its mark behind a block of the user's. */
const headLength = 4096

/**
 * The form of a defect map, by its content, whatever its name.
 * @throws {FormatError} ERR_FORMAT when it is none that is read
 * @throws {IoError} ERR_IO when the file cannot be read
 */
export async function recogniseDefects(path: string): Promise<DefectsFormat> {
  const { head, tail, size } = await readEnds(path)
  const isOf = (format: FrameFormat): boolean => format.matches(head, size)
  if (isOf(hdf5Format)) return textOf(tail).startsWith(TRAILER.magic) ? 'calibration' : 'nexus'
  if (isOf(pngFormat)) return 'png'
  if (isOf(tiffFormat)) return 'tiff'
  const start = textOf(head)
    .replace(/^\xef\xbb\xbf/, '')
    .trimStart()
  if (start.startsWith('flatpanel.defects/')) return 'text'
  if (start.startsWith('<')) return 'bpm-xml'
  if (start.startsWith('{')) return 'areadetector'
  if (/^[a-z]+[ ]*[,;\t][ ]*[a-z]+/i.test(start)) return 'csv'
  throw new FormatError({
    file: path,
    expected: 'a calibration, defects as text, .bpm.xml, areaDetector JSON, CSV with headings, HDF5, TIFF or PNG',
    received: size === 0 ? 'an empty file' : 'something else'
  })
}

async function readEnds(path: string): Promise<{ head: Uint8Array; tail: Uint8Array; size: number }> {
  const file = await openFrameFile(path)
  try {
    const { size } = file
    const head = new Uint8Array(Math.min(size, headLength))
    const tail = new Uint8Array(Math.min(size, TRAILER.length))
    await file.read(head, 0)
    await file.read(tail, size - tail.length)
    return { head, tail, size }
  } finally {
    await file.close()
  }
}

/** Characters of one byte each. */
function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('latin1')
}
