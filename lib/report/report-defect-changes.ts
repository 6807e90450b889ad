import { defectClassNames } from './defect-class-names.js'
import { formatNumber } from './format-number.js'
import { formatTable } from './format-table.js'
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

/** Most clusters and lines that are written one by one. */
const MOST = 10

/**
 * Write how a defect map changed between two dates as plain text, the advice first and the rules that led to it last.
 * @param names of the two maps
 */
export function reportDefectChanges(changes: DefectMapChanges, names: { readonly before: string; readonly after: string }): string {
  const { defects, before, after, common, growth, recommendation } = changes
  return [
    `${defects.added} new bad pixels, ${defects.healed} healed, ${defects.persisting} persisting: ${ADVICE[recommendation.action]}`,
    '',
    formatTable([
      ['before', names.before, before.date ?? 'date unknown', `${before.badPixels} bad pixels${outside(before.notCompared)}`],
      ['after', names.after, after.date ?? 'date unknown', `${after.badPixels} bad pixels${outside(after.notCompared)}`]
    ]),
    `  compared: ${common.rows} x ${common.cols} pixels from row ${common.row}, column ${common.col} of the earlier map`,
    `  growth: ${growthText(growth)}`,
    '',
    fateTable(changes),
    ...clusterLines('new clusters', changes.newClusters),
    ...clusterLines('clusters that grew', changes.grownClusters),
    ...lineLines(changes),
    '',
    'rules',
    formatTable(
      recommendation.rules.map(({ name, figure, limit, unit, action, exceeded }) => [
        MEANINGS[name],
        figure === null ? 'unknown' : formatNumber(figure),
        `above ${formatNumber(limit)}${unit === '' ? '' : ` ${unit}`}: ${action}`,
        exceeded === null ? 'not judged' : exceeded ? 'exceeded' : 'met'
      ]),
      { align: ['left', 'right'] }
    )
  ].join('\n')
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

function fateTable({ defects, classes }: DefectMapChanges): string {
  const rows = (Object.keys(classes) as DefectClass[]).map((name) => {
    const { added, healed, persisting } = classes[name]!
    return [defectClassNames[name], String(added), String(healed), String(persisting)]
  })
  const all = ['all bad pixels', String(defects.added), String(defects.healed), String(defects.persisting)]
  return formatTable([['', 'new', 'healed', 'persisting'], all, ...rows], { align: ['left', 'right', 'right', 'right'] })
}

function clusterLines(title: string, clusters: readonly ChangedCluster[]): string[] {
  if (clusters.length === 0) return []
  const rows = clusters
    .slice(0, MOST)
    .map(({ name, region, oldPixels }) => [
      name,
      `row ${region.row}, column ${region.col}`,
      oldPixels === 0 ? '' : `${oldPixels} of its pixels were bad before`
    ])
  return ['', `${title}: ${clusters.length}`, formatTable(rows)]
}

function lineLines({ newLines, lines }: DefectMapChanges): string[] {
  const rows = newLines.slice(0, MOST).map(({ name, region }) => [name, `row ${region.row}, column ${region.col}`])
  return [
    '',
    `lines: ${lines.before} before, ${lines.after} after, ${newLines.length} new`,
    ...(rows.length === 0 ? [] : [formatTable(rows)])
  ]
}
