import { FormatError } from '../../../errors.js'
import type { FrameFile } from '../frame-file.js'

export type FitsValue = string | number | boolean

/** A header: its values, and where it ends. */
export interface FitsHeader {
  readonly values: ReadonlyMap<string, FitsValue>
  /** Byte behind its last block. */
  readonly end: number
}

const blockBytes = 2880
const cardBytes = 80
/** Longest header that is looked at: 12 800 cards. */
const mostBlocks = 356

/**
 * Read the cards of a header, block by block, up to END. Of a keyword that stands more than once the first counts; comments, history
 * and continued texts are left out.
 * @throws {FormatError} ERR_FORMAT when it has no END, or holds what is not text
 * @see FITS Standard 4.0, section 4, 2016
 */
export async function readCards(file: FrameFile, position: number): Promise<FitsHeader> {
  const values = new Map<string, FitsValue>()
  for (let block = 0; block < mostBlocks; block++) {
    const at = position + block * blockBytes
    if (at + blockBytes > file.size) break
    const bytes = new Uint8Array(blockBytes)
    await file.read(bytes, at)
    const text = Buffer.from(bytes.buffer).toString('latin1')
    for (let card = 0; card < blockBytes; card += cardBytes) {
      const line = text.slice(card, card + cardBytes)
      if (/^END {5}/.test(line)) return { values, end: at + blockBytes }
      if (/[^ -~]/.test(line))
        throw new FormatError({ file: file.path, offset: at + card, expected: 'a card of text', received: 'other bytes' })
      const parsed = parseCard(line)
      if (parsed && !values.has(parsed[0])) values.set(...parsed)
    }
  }
  throw new FormatError({
    file: file.path,
    offset: position,
    expected: `a header that ends with END within ${mostBlocks} blocks`,
    received: 'none'
  })
}

function parseCard(line: string): [string, FitsValue] | undefined {
  const [, keyword, rest] = /^([A-Z0-9_-]{1,8}) *= (.*)$/.exec(line) ?? []
  if (keyword === undefined) return undefined
  const text = /^ *'((?:[^']|'')*)'/.exec(rest)
  if (text) return [keyword, text[1].replaceAll("''", "'").trimEnd()]
  const word = /^ *([^ /]+)/.exec(rest)?.[1]
  if (word === undefined) return undefined
  if (word === 'T' || word === 'F') return [keyword, word === 'T']
  const number = Number(word.replace(/[dD]/, 'e'))
  return Number.isNaN(number) ? undefined : [keyword, number]
}
