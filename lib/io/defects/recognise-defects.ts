import { FormatError } from '../../errors.js'
import { TRAILER } from '../nexus/trailer-layout.js'
import type { DefectsFormat } from './defects-format.js'

/**
 * The form of a defect map, by its content.
 * @param file name for messages
 * @param bytes of the whole file
 * @throws {FormatError} ERR_FORMAT when it is none that is read
 */
export function recogniseDefects(file: string, bytes: Uint8Array): DefectsFormat {
  const latin = (from: number, length: number): string => {
    const start = Math.max(0, from)
    return String.fromCharCode(...bytes.subarray(start, start + length))
  }
  if (latin(0, 8) === '\x89HDF\r\n\x1a\n') return latin(bytes.length - TRAILER.length, 16) === TRAILER.magic ? 'calibration' : 'nexus'
  if (latin(0, 4) === '\x89PNG') return 'png'
  if (/^(?:II[*+]\0|MM\0[*+])/.test(latin(0, 4))) return 'tiff'
  const start = latin(0, 200).replace(/^\xef\xbb\xbf/, '').trimStart()
  if (start.startsWith('flatpanel.defects/')) return 'text'
  if (start.startsWith('<')) return 'bpm-xml'
  if (start.startsWith('{')) return 'areadetector'
  if (/^[a-z]+\s*[,;\t]\s*[a-z]+/i.test(start)) return 'csv'
  throw new FormatError({
    file,
    expected: 'a calibration, defects as text, .bpm.xml, areaDetector JSON, CSV with headings, HDF5, TIFF or PNG',
    received: 'something else'
  })
}
