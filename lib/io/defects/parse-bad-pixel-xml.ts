import { FormatError } from '../../errors.js'
import { DEFECT_FLAGS } from '../../maps/defect-flags.js'
import { NEIGHBOUR_STEPS } from '../../maps/good-neighbour-bits.js'
import { assertPanelShape } from './assert-panel-shape.js'
import { placeInText } from './place-in-text.js'
import type { ReadMap } from './read-map.js'

const NAME = String.raw`[A-Za-z][A-Za-z0-9_.:-]*`
const ATTRIBUTE = String.raw`\s+${NAME}\s*=\s*(?:"[^"<&]*"|'[^'<&]*')`
const TAG = new RegExp(String.raw`<(\/?)(${NAME})((?:${ATTRIBUTE})*)\s*(\/?)>`, 'y')
const PAIR = new RegExp(String.raw`(${NAME})\s*=\s*(?:"([^"]*)"|'([^']*)')`, 'g')
const DECLARATION =
  /<\?xml\s+version\s*=\s*["']1\.0["'](?:\s+encoding\s*=\s*["']utf-8["'])?(?:\s+standalone\s*=\s*["'](?:yes|no)["'])?\s*\?>/iy
const BLANK = /\s*/y
/** Most characters of one element: a longer one is none of this format. */
const longestTag = 2000
/** Lists of the format; what stands in the last two has never been seen. */
const LISTS = ['BadPixels', 'UserDefinedBadPixels', 'BadRows', 'BadColumns'] as const
type ListName = (typeof LISTS)[number]

interface Tag {
  readonly name: string
  readonly kind: 'open' | 'close' | 'empty'
  readonly attributes: ReadonlyMap<string, string>
  readonly position: number
}

interface ListedPixel {
  readonly index: number
  readonly mask: number | null
}

export interface ParseBadPixelXmlOptions {
  /** Flags of a pixel that the file only calls bad. @default DEFECT_FLAGS.user */
  readonly flags?: number
}

/**
 * Read a bad-pixel map of X-Tek / PerkinElmer (`.bpm.xml`): X = column, Y = row; `NoisyPixel="true"` is `noisy`, pixels of the list
 * of the user are `user`, for the others the file states no class.
 *
 * Strict: only this shape, UTF-8, no document type, no entities; every coordinate inside SizeX x SizeY and listed once. Mask bytes
 * are not needed (they follow from the map); that they fit it is checked and noted.
 * @param file name for messages
 * @throws {FormatError} ERR_FORMAT with file, line and column
 * @see DetectorChecker (Alan Turing Institute, 2018), inst/extdata, for the shape of the file
 */
export function parseBadPixelXml(file: string, text: string, options: ParseBadPixelXmlOptions = {}): ReadMap {
  const { flags = DEFECT_FLAGS.user } = options
  const fail = (position: number, expected: string, received: string): never => {
    throw new FormatError({ file, ...placeInText(text, position), expected, received })
  }
  const next = readTags(text, fail)
  const root = next()
  if (root?.name !== 'BadPixelMap' || root.kind === 'close')
    return fail(root?.position ?? text.length, 'the element BadPixelMap', root?.name ?? 'nothing')
  const cols = numberOf(root, 'SizeX', 2 ** 31, fail)
  const rows = numberOf(root, 'SizeY', 2 ** 31, fail)
  assertPanelShape(file, rows, cols, placeInText(text, root.position))
  const data = new Uint32Array(rows * cols)
  const listed: ListedPixel[] = []
  const add = (tag: Tag, list: ListName): void => {
    if (list === 'BadRows' || list === 'BadColumns') fail(tag.position, `an empty ${list}: what stands in it is not known`, `<${tag.name}>`)
    const index = readPixel(tag, rows, cols, fail)
    if (data[index] !== 0) fail(tag.position, 'every pixel once', `X="${index % cols}" Y="${Math.floor(index / cols)}" again`)
    const noisy = tag.attributes.get('NoisyPixel') === 'true'
    data[index] |= (noisy ? DEFECT_FLAGS.noisy : 0) | (list === 'BadPixels' ? (noisy ? 0 : flags) : DEFECT_FLAGS.user)
    listed.push({ index, mask: tag.attributes.has('Mask') ? numberOf(tag, 'Mask', 255, fail) : null })
  }
  if (root.kind === 'open') readLists(next, add, fail, text.length)
  const after = next()
  if (after !== null) fail(after.position, 'the end of the file', `<${after.name}>`)
  return { defects: { data, shape: [rows, cols] }, notes: maskNotes(listed, rows, cols) }
}

type Fail = (position: number, expected: string, received: string) => never

/** Tags one after the other; null at the end of the text. */
function readTags(text: string, fail: Fail): () => Tag | null {
  let at = text.startsWith('\ufeff') ? 1 : 0
  const skip = (pattern: RegExp): boolean => {
    pattern.lastIndex = at
    const match = pattern.exec(text)
    if (match === null) return false
    at += match[0].length
    return true
  }
  skip(DECLARATION)
  return () => {
    skip(BLANK)
    if (at === text.length) return null
    const position = at
    TAG.lastIndex = 0
    const match = TAG.exec(text.slice(at, at + longestTag))
    if (match === null)
      return fail(
        position,
        'an element (no text, comment, document type, entity or CDATA)',
        JSON.stringify(text.slice(position, position + 20))
      )
    at += match[0].length
    const [, slash, name, attributes, empty] = match
    const kind = slash ? 'close' : empty ? 'empty' : 'open'
    return { name, kind, attributes: readAttributes(attributes, position, fail), position }
  }
}

function readAttributes(text: string, position: number, fail: Fail): Map<string, string> {
  const attributes = new Map<string, string>()
  for (const [, name, double, single] of text.matchAll(PAIR)) {
    if (attributes.has(name)) fail(position, 'every attribute once', `${name} again`)
    attributes.set(name, double ?? single)
  }
  return attributes
}

function readLists(next: () => Tag | null, add: (tag: Tag, list: ListName) => void, fail: Fail, end: number): void {
  const seen = new Set<string>()
  for (let tag = next(); ; tag = next()) {
    if (tag === null) return fail(end, '</BadPixelMap>', 'the end of the file')
    if (tag.name === 'BadPixelMap' && tag.kind === 'close') return
    const { name } = tag
    if (!LISTS.includes(name as ListName) || tag.kind === 'close') fail(tag.position, `one of ${LISTS.join(', ')}`, shown(tag))
    if (seen.has(name)) fail(tag.position, `${name} once`, 'a second one')
    seen.add(name)
    if (tag.kind === 'open') readList(next, name as ListName, add, fail, end)
  }
}

function readList(next: () => Tag | null, list: ListName, add: (tag: Tag, list: ListName) => void, fail: Fail, end: number): void {
  let open = false
  for (let tag = next(); ; tag = next()) {
    if (tag === null) return fail(end, `</${list}>`, 'the end of the file')
    if (tag.kind === 'close') {
      if (tag.name !== (open ? 'BadPixel' : list)) fail(tag.position, `</${open ? 'BadPixel' : list}>`, shown(tag))
      if (!open) return
      open = false
      continue
    }
    if (open) fail(tag.position, '</BadPixel>', shown(tag))
    add(tag, list)
    open = tag.kind === 'open'
  }
}

function shown({ name, kind }: Tag): string {
  return `<${kind === 'close' ? '/' : ''}${name}>`
}

const ATTRIBUTES = ['X', 'Y', 'Mask', 'NoisyPixel']

function readPixel(tag: Tag, rows: number, cols: number, fail: Fail): number {
  if (tag.name !== 'BadPixel') fail(tag.position, 'the element BadPixel', shown(tag))
  const other = [...tag.attributes.keys()].find((name) => !ATTRIBUTES.includes(name))
  if (other !== undefined) fail(tag.position, `attributes of ${ATTRIBUTES.join(', ')}`, other)
  const noisy = tag.attributes.get('NoisyPixel') ?? 'false'
  if (noisy !== 'true' && noisy !== 'false') fail(tag.position, 'NoisyPixel="true" or "false"', JSON.stringify(noisy))
  return numberOf(tag, 'Y', rows - 1, fail) * cols + numberOf(tag, 'X', cols - 1, fail)
}

function numberOf(tag: Tag, name: string, most: number, fail: Fail): number {
  const text = tag.attributes.get(name)
  const value = text !== undefined && /^\d{1,10}$/.test(text) ? Number(text) : NaN
  if (!(value <= most))
    fail(tag.position, `${name} as a whole number from 0 to ${most}`, text === undefined ? 'none' : JSON.stringify(text))
  return value
}

/**
 * The vendor lists pixels in the order in which they are filled: each step back in the raster begins a pass, and a mask holds
 * the neighbours of the pass before (of the first: the good ones).
 */
function maskNotes(listed: readonly ListedPixel[], rows: number, cols: number): string[] {
  const passes = new Map<number, number>()
  let pass = 1
  let last = -1
  for (const { index } of listed) {
    if (index < last) pass++
    passes.set(index, pass)
    last = index
  }
  const wrong = listed.filter(({ index, mask }) => {
    if (mask === null) return false
    const before = passes.get(index)! - 1
    return NEIGHBOUR_STEPS.some(([down, right], bit) => {
      const row = Math.floor(index / cols) + down
      const col = (index % cols) + right
      const inside = row >= 0 && row < rows && col >= 0 && col < cols
      const fits = inside && (passes.get(row * cols + col) ?? 0) === before
      return fits !== ((mask >> bit) & 1 ? true : false)
    })
  })
  if (wrong.length === 0) return []
  const { index } = wrong[0]
  return [
    `${wrong.length} of ${listed.length} Mask bytes do not fit the map (the first at X="${index % cols}" Y="${Math.floor(index / cols)}"): ` +
      'the map was edited or cropped since; masks are worked out anew'
  ]
}
