import { BAD_PIXEL_BITS, DEFECT_FLAGS } from '../maps/defect-flags.js'
import { defectClassNames } from './defect-class-names.js'
import { formatNumber } from './format-number.js'
import type { Block } from './blocks/block.js'
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

/** Clusters, lines and edits that are named at first. */
const MOST = 20

/** Report what a defect map holds: bad pixels, layers in their order of precedence, classes, clusters, lines, edits. */
export function reportDefectList(facts: DefectListFacts): Block[] {
  const { file, format, date, serialNumber, named, layers } = facts
  const { panel } = named.counts
  const percent = formatNumber((100 * panel.badPixels) / panel.pixels, 3)
  return [
    { kind: 'verdict', outcome: 'none', text: `${panel.badPixels} bad pixels of ${named.shape.join(' x ')} (${percent} %): ${file}` },
    {
      kind: 'figures',
      rows: [
        { name: 'form', value: format },
        { name: 'panel', value: serialNumber ?? 'unknown' },
        { name: 'date', value: date ?? 'unknown' }
      ]
    },
    ...(layers === null ? [] : layerBlocks(layers, panel.badPixels)),
    classTable(facts),
    ...shapeBlocks(named),
    editTable(facts.edits)
  ]
}

function layerBlocks({ layers, vetoes, vetoedPixels, badPixels }: LayersCounts, inForce: number): Block[] {
  const rows = (['factory', 'found', 'user'] as const).map((name, k) => {
    const { entries, pixels, alone } = layers[name]
    return [`${k + 1}`, name, String(entries), String(pixels), String(alone)]
  })
  const derived = inForce === badPixels ? '' : `, ${inForce - badPixels} for their neighbourhood`
  const vetoed = `the user has the last word: ${vetoes} vetoes make ${vetoedPixels} pixels good; in force: ${inForce} bad pixels${derived}`
  return [
    {
      kind: 'table',
      title: 'layers, a later one over an earlier',
      columns: ['', 'layer', 'entries', 'bad pixels', 'in no other'],
      rows,
      align: ['right', 'left', 'right', 'right', 'right']
    },
    { kind: 'note', text: vetoed }
  ]
}

function classTable({ counts, named }: DefectListFacts): Block {
  const names = (Object.keys(counts) as DefectClass[]).filter((name) => counts[name] > 0)
  const inClasses = names.reduce((sum, name) => sum + ((DEFECT_FLAGS[name] & BAD_PIXEL_BITS) === 0 ? 0 : counts[name]), 0)
  const overlap = inClasses > named.counts.panel.badPixels ? '; a pixel of several classes counts in each' : ''
  const rows = names.map((name) => [
    defectClassNames[name],
    String(counts[name]),
    `${formatNumber((100 * counts[name]) / named.counts.panel.pixels, 3)} %`
  ])
  return { kind: 'table', title: `classes${overlap}`, rows, align: ['left', 'right', 'right'] }
}

function shapeBlocks({ clusters, lines, counts: { panel } }: NamedDefects): Block[] {
  const relevant = clusters.filter(({ kind }) => kind === 'relevant').sort((a, b) => b.pixels - a.pixels)
  const { one, two, three, more } = panel.sizes
  return [
    {
      kind: 'figures',
      title: 'clusters (8-connected) and lines',
      rows: [
        { name: 'groups of 1, 2, 3, more pixels', value: `${one}, ${two}, ${three}, ${more}` },
        {
          name: 'cluster kernel pixels',
          value: `${panel.kernelPixelsOutsideBad} (${panel.kernelPixelsOutsideGood} if what lies outside the panel were good)`
        },
        { name: 'lines', value: `${lines.length}, of these ${panel.segments} segments of one pixel's width` }
      ]
    },
    placesTable('relevant clusters, the largest first', relevant),
    placesTable('lines', lines)
  ]
}

function placesTable(title: string, things: readonly { readonly name: string; readonly region: DefectEntry['region'] }[]): Block {
  const rows = things.map(({ name, region }) => [name, `row ${region.row}, column ${region.col}`])
  return { kind: 'table', title, rows, brief: MOST }
}

function editTable(edits: readonly DefectEntry[]): Block {
  const rows = edits.map(({ action, region, classes, date, author, reason }) => [
    action,
    `${region.row},${region.col}${region.rows * region.cols === 1 ? '' : ` (${region.rows} x ${region.cols})`}`,
    classes.length === 0 ? 'all' : classes.join(' '),
    date ?? 'unknown',
    author ?? 'unknown',
    reason
  ])
  return { kind: 'table', title: 'edits of the user', rows, brief: MOST }
}
