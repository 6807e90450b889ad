import { OptionError } from '../errors.js'
import { FORMATS } from './formats/formats.js'
import type { FormatName, FrameFormat } from './formats/frame-format.js'
import { rawFormat } from './formats/raw.js'
import type { RawLayout } from './formats/raw.js'

/**
 * The format that a caller asked for; undefined: it is to be recognised.
 * @throws {OptionError} ERR_OPTION for an unknown name, a raw layout that cannot be, or one beside another format
 */
export function formatOf(name: FormatName | undefined, raw: RawLayout | undefined): FrameFormat | undefined {
  if (raw !== undefined && name !== undefined && name !== 'raw') {
    throw new OptionError({ subject: 'option "format"', expected: 'raw, or none, beside a raw layout', received: name })
  }
  if (raw !== undefined) return rawFormat(raw)
  if (name === undefined) return undefined
  const found = FORMATS.find(({ key }) => key === name)
  if (found) return found
  const expected = name === 'raw' ? 'a raw layout beside it: rows, cols, type' : `one of ${FORMATS.map(({ key }) => key).join(', ')}, raw`
  throw new OptionError({ subject: 'option "format"', expected, received: String(name) })
}
