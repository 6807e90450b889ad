import { latin1Text } from '../latin1-text.js'
import { FormatError } from '../../../errors.js'
import { pixelTypeFacts } from '../pixel-type-facts.js'
import type { StoredType } from '../stored-type.js'
import { widerTypes } from '../stored-type.js'

/** What the header of an array file says. */
export interface NpyHeader {
  readonly type: StoredType
  readonly byteOrder: 'little' | 'big'
  /** True: the first index runs fastest. */
  readonly fortranOrder: boolean
  readonly shape: readonly number[]
  /** Byte of the first value. */
  readonly position: number
}

/** Longest header that is looked at: shapes and types of frames need less than 200 bytes. */
const longestHeader = 65_536

/**
 * Parse the header of an array file, versions 1 to 3.
 * @param head the first bytes of the file: the whole header must be among them
 * @param path for messages
 * @throws {FormatError} ERR_FORMAT
 * @see NEP 1, A Simple File Format for NumPy Arrays, 2007
 */
export function parseNpyHeader(path: string, head: Uint8Array): NpyHeader {
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength)
  const refuse = (expected: string, received: string): never => {
    throw new FormatError({ file: path, offset: 6, expected, received })
  }
  const version = head[6]
  if (head.length < 12 || version < 1 || version > 3)
    return refuse('NPY version 1, 2 or 3', head.length < 12 ? `${head.length} bytes` : `version ${version}`)
  const start = version === 1 ? 10 : 12
  const length = version === 1 ? view.getUint16(8, true) : view.getUint32(8, true)
  if (length > longestHeader) refuse(`a header of at most ${longestHeader} bytes`, `${length} bytes`)
  if (start + length > head.length) refuse(`a header of ${length} bytes`, `a file that ends after ${head.length} bytes`)
  const text = latin1Text(head.subarray(start, start + length))
  return { ...parseDictionary(text, refuse), position: start + length }
}

type Refuse = (expected: string, received: string) => never

const dictionary = /^\s*\{\s*((?:'\w+'\s*:\s*(?:'[^']*'|True|False|\([\d\sL,]*\))\s*(?:,\s*)?)*)\}\s*$/
const entry = /'(\w+)'\s*:\s*(?:'([^']*)'|(True|False)|\(([\d\sL,]*)\))/g

function parseDictionary(text: string, refuse: Refuse): Omit<NpyHeader, 'position'> {
  const inside = dictionary.exec(text)?.[1]
  if (inside === undefined) return refuse("a dictionary of 'descr', 'fortran_order' and 'shape'", text.trim().slice(0, 80))
  const values = new Map<string, string>()
  for (const [, key, word, truth, list] of inside.matchAll(entry)) values.set(key, word ?? truth ?? list)
  const descr = values.get('descr')
  const order = values.get('fortran_order')
  const shape = values.get('shape')
  if (descr === undefined || order === undefined || shape === undefined || values.size !== 3) {
    return refuse("'descr', 'fortran_order' and 'shape'", [...values.keys()].join(', ') || 'none of them')
  }
  return { ...parseType(descr, refuse), fortranOrder: order === 'True', shape: parseShape(shape, refuse) }
}

function parseType(descr: string, refuse: Refuse): Pick<NpyHeader, 'type' | 'byteOrder'> {
  const [, order, kind, bytes] = /^([<>|=])([a-zA-Z])(\d+)$/.exec(descr) ?? []
  const type = kind && `${kind === 'u' || kind === 'i' || kind === 'f' ? kind : '?'}${Number(bytes) * 8}`
  if (!type || !(type in pixelTypeFacts || type in widerTypes) || order === '=' || (order === '|' && bytes !== '1')) {
    return refuse(`numbers of type ${[...Object.keys(pixelTypeFacts), ...Object.keys(widerTypes)].join(', ')}`, `dtype ${descr}`)
  }
  return { type: type as StoredType, byteOrder: order === '>' ? 'big' : 'little' }
}

function parseShape(list: string, refuse: Refuse): number[] {
  const words = list
    .split(',')
    .map((word) => word.trim().replace(/L$/, ''))
    .filter((word) => word !== '')
  const shape = words.map(Number)
  if (shape.some((size) => !Number.isSafeInteger(size) || size < 1)) return refuse('sizes of at least 1', `shape (${list})`)
  return shape
}
