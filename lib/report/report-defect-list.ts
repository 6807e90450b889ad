import { defectClassNames } from './defect-class-names.js'
import { formatNumber } from './format-number.js'
import { formatTable } from './format-table.js'
import type { DefectClass } from '../maps/defect-flags.js'
import type { LayersCounts } from '../maps/layers/count-layers.js'
import type { DefectEntry } from '../maps/layers/defect-layers.js'
import type { NamedDefects } from '../maps/named-defects.js'

/** What {@link reportDefectList} writes down. */
export interface DefectListFacts {
  readonly file: string
  readonly format: string
  readonly date: string | null
  readonly serialNumber: string | null
  readonly named: NamedDefects
  readonly counts: Readonly<Record<DefectClass, number>>
  /** Null: the file has no layers. */
  readonly layers: LayersCounts | null
  /** Entries of the user layer. */
  readonly edits: readonly DefectEntry[]
}

/** Most clusters, lines and edits that are written one by one. */
const MOST = 20

/** Write what a defect map holds as plain text: bad pixels, layers in their order of precedence, classes, clusters, lines, edits. */
export function reportDefectList(facts: DefectListFacts): string {
  const { file, format, date, serialNumber, named, layers } = facts
  const { panel } = named.counts
  const percent = formatNumber((100 * panel.badPixels) / panel.pixels, 3)
  return [
    `${file}: ${panel.badPixels} bad pixels of ${named.shape.join(' x ')} (${percent} %)`,
    '',
    formatTable([
      ['form', format],
      ['panel', serialNumber ?? 'unknown'],
      ['date', date ?? 'unknown']
    ]),
    ...(layers === null ? [] : layerLines(layers)),
    ...classLines(facts),
    ...shapeLines(named),
    ...editLines(facts.edits)
  ].join('\n')
}

function layerLines({ layers, vetoes, vetoedPixels, badPixels }: LayersCounts): string[] {
  const rows = (['factory', 'found', 'user'] as const).map((name, k) => {
    const { entries, pixels, alone } = layers[name]
    return [`${k + 1}`, name, String(entries), String(pixels), String(alone)]
  })
  const table = formatTable([['', 'layer', 'entries', 'bad pixels', 'in no other'], ...rows], {
    align: ['right', 'left', 'right', 'right', 'right']
  })
  const vetoed = `  the user has the last word: ${vetoes} vetoes make ${vetoedPixels} pixels good; in force: ${badPixels} bad pixels`
  return ['', 'layers, a later one over an earlier', table, vetoed]
}

function classLines({ counts, named }: DefectListFacts): string[] {
  const rows = (Object.keys(counts) as DefectClass[])
    .filter((name) => counts[name] > 0)
    .map((name) => [defectClassNames[name], String(counts[name]), `${formatNumber((100 * counts[name]) / named.counts.panel.pixels, 3)} %`])
  return rows.length === 0 ? [] : ['', 'classes', formatTable(rows, { align: ['left', 'right', 'right'] })]
}

function shapeLines({ clusters, lines, counts: { panel } }: NamedDefects): string[] {
  const relevant = clusters.filter(({ kind }) => kind === 'relevant').sort((a, b) => b.pixels - a.pixels)
  const { one, two, three, more } = panel.sizes
  return [
    '',
    'clusters (8-connected) and lines',
    formatTable([
      ['groups of 1, 2, 3, more pixels', `${one}, ${two}, ${three}, ${more}`],
      [
        'cluster kernel pixels',
        `${panel.kernelPixelsOutsideBad} (${panel.kernelPixelsOutsideGood} if what lies outside the panel were good)`
      ],
      ['lines', `${lines.length}, of these ${panel.segments} segments of one pixel's width`]
    ]),
    ...some('relevant clusters, the largest first', relevant, ({ name, region }) => [name, `row ${region.row}, column ${region.col}`]),
    ...some('lines', lines, ({ name, region }) => [name, `row ${region.row}, column ${region.col}`])
  ]
}

function editLines(edits: readonly DefectEntry[]): string[] {
  return some('edits of the user', edits, ({ action, region, classes, date, author, reason }) => [
    action,
    `${region.row},${region.col}${region.rows * region.cols === 1 ? '' : ` (${region.rows} x ${region.cols})`}`,
    classes.length === 0 ? 'all' : classes.join(' '),
    date ?? 'unknown',
    author ?? 'unknown',
    reason
  ])
}

function some<T>(title: string, items: readonly T[], row: (item: T) => string[]): string[] {
  if (items.length === 0) return []
  const more = items.length > MOST ? [`  and ${items.length - MOST} more`] : []
  return ['', title, formatTable(items.slice(0, MOST).map(row)), ...more]
}
