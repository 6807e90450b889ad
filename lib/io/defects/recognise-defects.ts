import { FormatError } from '../../errors.js'
import { openFrameFile } from '../formats/open-frame-file.js'
import { TRAILER } from '../nexus/trailer-layout.js'
import type { DefectsFormat } from './defects-format.js'

const headLength = 256

/**
 * The form of a defect map, by its content, whatever its name.
 * @throws {FormatError} ERR_FORMAT when it is none that is read
 * @throws {IoError} ERR_IO when the file cannot be read
 */
export async function recogniseDefects(path: string): Promise<DefectsFormat> {
  const { head, tail } = await readEnds(path)
  if (head.startsWith('\x89HDF\r\n\x1a\n')) return tail.startsWith(TRAILER.magic) ? 'calibration' : 'nexus'
  if (head.startsWith('\x89PNG')) return 'png'
  if (/^(?:II[*+]\0|MM\0[*+])/.test(head)) return 'tiff'
  const start = head.replace(/^\xef\xbb\xbf/, '').trimStart()
  if (start.startsWith('flatpanel.defects/')) return 'text'
  if (start.startsWith('<')) return 'bpm-xml'
  if (start.startsWith('{')) return 'areadetector'
  if (/^[a-z]+[ ]*[,;\t][ ]*[a-z]+/i.test(start)) return 'csv'
  throw new FormatError({
    file: path,
    expected: 'a calibration, defects as text, .bpm.xml, areaDetector JSON, CSV with headings, HDF5, TIFF or PNG',
    received: head === '' ? 'an empty file' : 'something else'
  })
}

/** First and last bytes as characters of one byte each. */
async function readEnds(path: string): Promise<{ head: string; tail: string }> {
  const file = await openFrameFile(path)
  try {
    const head = new Uint8Array(Math.min(file.size, headLength))
    const tail = new Uint8Array(Math.min(file.size, TRAILER.length))
    await file.read(head, 0)
    await file.read(tail, file.size - tail.length)
    return { head: String.fromCharCode(...head), tail: String.fromCharCode(...tail) }
  } finally {
    await file.close()
  }
}
