import { METRICS } from '../quality/limits/metrics.js'
import { describeLimit } from './describe-limit.js'
import { formatNumber, formatQuantity } from './format-number.js'
import { formatTable } from './format-table.js'
import { warningLines } from './warning-lines.js'
import type { LimitCheck, LimitVerdict } from '../quality/limits/check-limits.js'
import type { Figure } from '../quality/figure.js'
import type { NewDefect } from '../quality/verification/find-new-defects.js'
import type { MetricName } from '../quality/limits/metrics.js'
import type { FlatVerification, VerificationReport } from '../quality/verification/verification-report.js'

/** Figures of the line that each flat gets. */
const FLAT_COLUMNS: readonly MetricName[] = ['meanDn', 'cvPercent', 'noiseRatio', 'newDefects', 'saturatedPixels', 'unrepairedPixels']

/**
 * Write a verification as plain text, the verdict first: limits, figures over all, one line per flat, new defects, warnings.
 * @param report result of a verification
 * @param check of `checkLimits(report, limits)`; absent: no limits were given
 */
export function reportVerification(report: VerificationReport, check?: LimitCheck): string {
  return [
    headline(report, check),
    ...(check ? limitLines(check) : []),
    '',
    'over all flats',
    formatTable(report.overall.figures.map(figureRow), { align: ['left', 'right', 'left'] }),
    '',
    'each flat',
    formatTable([['flat', 'mean DN', 'CV %', 'noise/predicted', 'new defects', 'saturated', 'unrepaired'], ...report.flats.map(flatRow)], {
      align: ['left', 'right', 'right', 'right', 'right', 'right', 'right']
    }),
    ...defectLines(report.overall.newDefects),
    ...warningLines([...report.warnings, ...(check?.warnings ?? [])])
  ].join('\n')
}

function headline({ calibration, overall }: VerificationReport, check?: LimitCheck): string {
  const panel = calibration.serialNumber === null ? 'a panel of unknown serial number' : `panel ${calibration.serialNumber}`
  const what = `${overall.frames} ${overall.frames === 1 ? 'flat' : 'flats'} of ${panel}`
  if (!check) return `verified ${what}: no limits were given`
  if (check.rows.length === 0) return `verified ${what}: the limits name no metric`
  return check.passed
    ? `PASSED: ${what}, all ${check.rows.length} limits met`
    : `FAILED: ${what}, ${check.missed} of ${check.rows.length} limits missed`
}

function limitLines({ rows }: LimitCheck): string[] {
  if (rows.length === 0) return []
  const table = [['verdict', 'metric', 'where', 'figure', 'limit'], ...rows.map(limitRow)]
  return ['', 'limits', formatTable(table, { align: ['left', 'left', 'left', 'right', 'left'] })]
}

function limitRow(row: LimitVerdict): string[] {
  const { verdict, metric, where, value, unit, reason } = row
  return [verdict.toUpperCase(), metric, where, formatQuantity(value, unit), describeLimit(row) + (reason === null ? '' : `; ${reason}`)]
}

function figureRow({ name, value, unit, reason }: Figure): string[] {
  const { meaning } = METRICS[name as MetricName]
  return [name, formatQuantity(value, unit), reason === undefined ? meaning : `${meaning}: ${reason}`]
}

function flatRow(flat: FlatVerification): string[] {
  const value = (name: string) => flat.figures.find((figure) => figure.name === name)?.value ?? null
  return [flat.name ?? `flat ${flat.index + 1}`, ...FLAT_COLUMNS.map((name) => formatNumber(value(name)))]
}

function defectLines(found: readonly NewDefect[]): string[] {
  if (found.length === 0) return []
  const rows = found.map(({ row, col, deviationPercent, limitPercent }) => [
    `[${row}, ${col}]`,
    `${formatNumber(deviationPercent, 3)} %`,
    `limit ${formatNumber(limitPercent, 3)} %`
  ])
  return ['', 'new defects on the mean of the flats, worst first', formatTable(rows, { align: ['left', 'right', 'left'] })]
}
