import { METRICS } from '../quality/limits/metrics.js'
import { describeLimit } from './describe-limit.js'
import { formatNumber, formatQuantity } from './format-number.js'
import type { Block, FigureRow, Outcome } from './blocks/block.js'
import type { LimitCheck, LimitVerdict } from '../quality/limits/check-limits.js'
import type { Figure } from '../quality/figure.js'
import type { NewDefect } from '../quality/verification/find-new-defects.js'
import type { MetricName } from '../quality/limits/metrics.js'
import type { FlatVerification, VerificationReport } from '../quality/verification/verification-report.js'

/** Figures of the line that each flat gets. */
const FLAT_COLUMNS: readonly MetricName[] = ['meanDn', 'cvPercent', 'noiseRatio', 'newDefects', 'saturatedPixels', 'unrepairedPixels']

/** Figures over all flats for a first look. */
const KEY_FIGURES: readonly MetricName[] = [
  'meanDn',
  'cvPercent',
  'noiseRatio',
  'temporalNoiseDn',
  'temporalNoiseRatio',
  'fixedPatternPercent',
  'fixedPatternToTemporalRatio',
  'rowRatio',
  'columnRatio',
  'newDefects',
  'saturatedPixels',
  'unrepairedPixels'
]

/** Flats and new defects that are named at first. */
const MOST_FLATS = 10
const MOST_DEFECTS = 5

/**
 * Report a verification: verdict, limits, figures over all, one line per flat, new defects, warnings.
 * @param report result of a verification
 * @param check of `checkLimits(report, limits)`; absent: no limits were given
 */
export function reportVerification(report: VerificationReport, check?: LimitCheck): Block[] {
  const { figures, newDefects } = report.overall
  const folder = commonFolder(report.flats.flatMap(({ name }) => (name === null ? [] : [name])))
  const isKey = ({ name }: Figure): boolean => KEY_FIGURES.includes(name as MetricName)
  return [
    { kind: 'verdict', ...judge(report, check) },
    limitTable(check?.rows ?? [], folder),
    { kind: 'figures', title: 'over all flats', rows: figures.filter(isKey).map(figureRow) },
    { kind: 'figures', title: 'further figures over all flats', rows: figures.filter((figure) => !isKey(figure)).map(figureRow), brief: 0 },
    {
      kind: 'table',
      title: folder === '' ? 'each flat' : `each flat, in ${folder}`,
      columns: ['flat', 'mean DN', 'CV %', 'noise/predicted', 'new defects', 'saturated', 'unrepaired'],
      rows: report.flats.map((flat) => flatRow(flat, folder)),
      align: ['left', 'right', 'right', 'right', 'right', 'right', 'right'],
      brief: MOST_FLATS
    },
    defectTable(newDefects),
    { kind: 'list', title: 'warnings', items: [...report.warnings, ...(check?.warnings ?? [])] }
  ]
}

function judge({ calibration, overall }: VerificationReport, check?: LimitCheck): { readonly outcome: Outcome; readonly text: string } {
  const panel = calibration.serialNumber === null ? 'a panel of unknown serial number' : `panel ${calibration.serialNumber}`
  const what = `${overall.frames} ${overall.frames === 1 ? 'flat' : 'flats'} of ${panel}`
  if (!check) return { outcome: 'none', text: `verified ${what}: no limits were given` }
  if (check.rows.length === 0) return { outcome: 'none', text: `verified ${what}: the limits name no metric` }
  return check.passed
    ? { outcome: 'good', text: `PASSED: ${what}, all ${check.rows.length} limits met` }
    : { outcome: 'bad', text: `FAILED: ${what}, ${check.missed} of ${check.rows.length} limits missed` }
}

/** What was missed stands first: the rest can be long. */
function limitTable(verdicts: readonly LimitVerdict[], folder: string): Block {
  const missed = verdicts.filter(({ verdict }) => verdict !== 'pass')
  const met = verdicts.filter(({ verdict }) => verdict === 'pass')
  return {
    kind: 'table',
    title: 'limits',
    columns: ['verdict', 'metric', 'where', 'figure', 'limit'],
    rows: [...missed, ...met].map((row) => limitRow(row, folder)),
    align: ['left', 'left', 'left', 'right', 'left'],
    brief: Math.max(missed.length, MOST_FLATS)
  }
}

function limitRow(row: LimitVerdict, folder: string): string[] {
  const { verdict, metric, where, value, unit, reason } = row
  return [
    verdict.toUpperCase(),
    metric,
    within(folder, where),
    formatQuantity(value, unit),
    describeLimit(row) + (reason === null ? '' : `; ${folder === '' ? reason : reason.replaceAll(folder, '')}`)
  ]
}

function figureRow({ name, value, unit, reason }: Figure): FigureRow {
  const { meaning } = METRICS[name as MetricName]
  return { name, value, unit, meaning, reason }
}

function flatRow(flat: FlatVerification, folder: string): string[] {
  const value = (name: string) => flat.figures.find((figure) => figure.name === name)?.value ?? null
  return [
    flat.name === null ? `flat ${flat.index + 1}` : within(folder, flat.name),
    ...FLAT_COLUMNS.map((name) => formatNumber(value(name)))
  ]
}

/** What all names begin with, up to the last slash: shown once, not in every row. */
function commonFolder(names: readonly string[]): string {
  if (names.length === 0) return ''
  const folder = names[0].slice(0, names[0].lastIndexOf('/') + 1)
  return names.every((name) => name.startsWith(folder)) ? folder : ''
}

function within(folder: string, name: string): string {
  return name.startsWith(folder) ? name.slice(folder.length) : name
}

function defectTable(found: readonly NewDefect[]): Block {
  const rows = found.map(({ row, col, deviationPercent, limitPercent }) => [
    `[${row}, ${col}]`,
    `${formatNumber(deviationPercent, 3)} %`,
    `limit ${formatNumber(limitPercent, 3)} %`
  ])
  return {
    kind: 'table',
    title: 'new defects on the mean of the flats, worst first',
    rows,
    align: ['left', 'right', 'left'],
    brief: MOST_DEFECTS
  }
}
