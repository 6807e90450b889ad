import { formatQuantity } from '../format-number.js'
import { formatTable } from './format-table.js'
import { wrapText } from './wrap-text.js'
import type { Block, FigureRow } from './block.js'

export interface RenderTextOptions {
  /** True: every row of every block. @default false: what is enough for a first look */
  readonly verbose?: boolean
}

/** Columns of the narrowest terminal. */
const WIDTH = 80

/**
 * Write blocks as plain text for a terminal: lines of at most 80 characters, but for a single word that is longer, such as a path; no
 * colour; control characters as `\xNN`, so that nothing that a file says can steer the terminal. What is left out is named at the end.
 */
export function renderText(blocks: readonly Block[], { verbose = false }: RenderTextOptions = {}): string {
  const shown = verbose ? blocks : blocks.filter((block) => !canWait(block))
  const waiting = blocks.flatMap((block) => (shown.includes(block) || rowsOf(block) === 0 || !('title' in block) ? [] : [block.title]))
  const parts = shown.map((block) => renderBlock(block, verbose)).filter((text) => text !== '')
  return [...parts, ...(waiting.length === 0 ? [] : [paragraph(`more with --verbose: ${waiting.join('; ')}`)])].join('\n\n')
}

function canWait(block: Block): boolean {
  return 'brief' in block && block.brief === 0
}

function rowsOf(block: Block): number {
  if (block.kind === 'list') return block.items.length
  return 'rows' in block ? block.rows.length : 1
}

function renderBlock(block: Block, verbose: boolean): string {
  const count = rowsOf(block)
  if (count === 0) return ''
  if (!('title' in block) && !('brief' in block)) return renderRows(block, count)
  const shown = verbose ? count : Math.min(count, block.brief ?? count)
  const more = shown < count ? [`  and ${count - shown} more (--verbose)`] : []
  return [...(block.title === undefined ? [] : [paragraph(block.title)]), renderRows(block, shown), ...more].join('\n')
}

function renderRows(block: Block, count: number): string {
  if (block.kind === 'table') {
    const rows = [...(block.columns === undefined ? [] : [block.columns]), ...block.rows.slice(0, count)].map((row) => row.map(plain))
    return formatTable(rows, { align: block.align, width: WIDTH, cutWords: true })
  }
  if (block.kind === 'figures') return renderFigures(block.rows.slice(0, count))
  if (block.kind === 'list')
    return block.items
      .slice(0, count)
      .map((item) => paragraph(item, '  - ', '    '))
      .join('\n')
  // The end of a line that a shell reads on from.
  if (block.kind === 'command') return wrapText(plain(block.text), WIDTH - 4).join(' \\\n  ')
  return paragraph(block.text)
}

function renderFigures(rows: readonly FigureRow[]): string {
  const hasLimits = rows.some(({ limit }) => limit !== undefined)
  const hasMeanings = rows.some(({ meaning = '', reason = '' }) => meaning + reason !== '')
  const cells = rows.map(({ name, value, unit = '', limit, meaning = '', reason }) => [
    name,
    typeof value === 'string' ? value : formatQuantity(value, unit),
    ...(hasLimits ? [limit ?? ''] : []),
    ...(hasMeanings ? [reason === undefined ? meaning : meaning === '' ? reason : `${meaning}: ${reason}`] : [])
  ])
  const numbers = rows.some(({ value }) => typeof value !== 'string')
  return formatTable(
    cells.map((row) => row.map(plain)),
    { align: ['left', numbers ? 'right' : 'left'], width: WIDTH }
  )
}

function paragraph(text: string, first = '', next = '  '): string {
  const lines = wrapText(plain(text), WIDTH - Math.max(first.length, next.length))
  return lines.map((line, i) => ((i === 0 ? first : next) + line).trimEnd()).join('\n')
}

/** Line feeds become spaces: where lines end is decided here. */
function plain(text: string): string {
  return text
    .replace(/\s*\n\s*/g, ' ')
    .replace(
      /[\0-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g,
      (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`
    )
}
