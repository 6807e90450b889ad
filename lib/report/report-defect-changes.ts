import { defectClassNames } from './defect-class-names.js'
import { formatNumber } from './format-number.js'
import type { Block } from './blocks/block.js'
import type { DefectClass } from '../maps/defect-flags.js'
import type { ChangedCluster, DefectMapChanges } from '../quality/defects/compare-defects.js'
import type { DefectAction, DefectGrowthLimits } from '../quality/defects/judge-defect-growth.js'

const MEANINGS: Readonly<Record<keyof DefectGrowthLimits, string>> = {
  newPixels: 'new bad pixels',
  newKernelPixels: 'new cluster kernel pixels',
  newLines: 'new lines',
  growthPercentPerYear: 'growth'
}

const ADVICE: Readonly<Record<DefectAction, string>> = {
  keep: 'keep the calibration',
  recalibrate: 'recalibrate: the panel has defects that its map does not have',
  inspect: 'have the panel inspected, and recalibrate'
}

/** Clusters and lines that are named at first. */
const MOST = 10

/**
 * Report how a defect map changed between two dates, the advice first and the rules that led to it last.
 * @param names of the two maps
 * @param allowed new bad pixels that pass; null: nothing was asked
 */
export function reportDefectChanges(
  changes: DefectMapChanges,
  names: { readonly before: string; readonly after: string },
  allowed: number | null = null
): Block[] {
  const { before, after, common, growth, recommendation } = changes
  return [
    verdictOf(changes, allowed),
    {
      kind: 'figures',
      rows: [
        {
          name: 'before',
          value: `${before.badPixels} bad pixels${outside(before.notCompared)}, ${before.date ?? 'date unknown'}: ${names.before}`
        },
        {
          name: 'after',
          value: `${after.badPixels} bad pixels${outside(after.notCompared)}, ${after.date ?? 'date unknown'}: ${names.after}`
        },
        {
          name: 'compared',
          value: `${common.rows} x ${common.cols} pixels from row ${common.row}, column ${common.col} of the earlier map`
        },
        { name: 'growth', value: growthText(growth) }
      ]
    },
    fateTable(changes),
    clusterTable('new clusters', changes.newClusters),
    clusterTable('clusters that grew', changes.grownClusters),
    ...lineBlocks(changes),
    {
      kind: 'table',
      title: 'rules',
      rows: recommendation.rules.map(({ name, figure, limit, unit, action, exceeded }) => [
        MEANINGS[name],
        figure === null ? 'unknown' : formatNumber(figure),
        `above ${formatNumber(limit)}${unit === '' ? '' : ` ${unit}`}: ${action}`,
        exceeded === null ? 'not judged' : exceeded ? 'exceeded' : 'met'
      ]),
      align: ['left', 'right']
    }
  ]
}

function verdictOf({ defects, recommendation }: DefectMapChanges, allowed: number | null): Block {
  const { action } = recommendation
  const found = `${defects.added} new bad pixels, ${defects.healed} healed, ${defects.persisting} persisting: ${ADVICE[action]}`
  if (allowed !== null && defects.added > allowed) return { kind: 'verdict', outcome: 'bad', text: `FAILED, ${allowed} allowed: ${found}` }
  return { kind: 'verdict', outcome: action === 'keep' ? 'good' : 'unknown', text: found }
}

function outside(pixels: number): string {
  return pixels === 0 ? '' : ` (and ${pixels} outside the common part)`
}

function growthText(growth: DefectMapChanges['growth']): string {
  if (growth === null) return 'unknown: it needs the dates of both maps'
  const { days, pixelsPerDay, percentPerYear } = growth
  const perYear = percentPerYear === null ? '' : ` (${formatNumber(percentPerYear, 3)} % per year)`
  return `${formatNumber(pixelsPerDay, 3)} pixels per day${perYear} over ${formatNumber(days, 4)} days`
}

function fateTable({ defects, classes }: DefectMapChanges): Block {
  const rows = (Object.keys(classes) as DefectClass[]).map((name) => {
    const { added, healed, persisting } = classes[name]!
    return [defectClassNames[name], String(added), String(healed), String(persisting)]
  })
  const all = ['all bad pixels', String(defects.added), String(defects.healed), String(defects.persisting)]
  return { kind: 'table', columns: ['', 'new', 'healed', 'persisting'], rows: [all, ...rows], align: ['left', 'right', 'right', 'right'] }
}

function clusterTable(title: string, clusters: readonly ChangedCluster[]): Block {
  const rows = clusters.map(({ name, region, oldPixels }) => [
    name,
    `row ${region.row}, column ${region.col}`,
    oldPixels === 0 ? '' : `${oldPixels} of its pixels were bad before`
  ])
  return { kind: 'table', title: `${title}: ${clusters.length}`, rows, brief: MOST }
}

function lineBlocks({ newLines, lines }: DefectMapChanges): Block[] {
  const title = `lines: ${lines.before} before, ${lines.after} after, ${newLines.length} new`
  if (newLines.length === 0) return [{ kind: 'note', text: title }]
  const rows = newLines.map(({ name, region }) => [name, `row ${region.row}, column ${region.col}`])
  return [{ kind: 'table', title, rows, brief: MOST }]
}
