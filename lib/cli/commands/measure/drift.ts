import { InvalidArgumentError, Option } from 'commander'
import { OptionError } from '../../../errors.js'
import type { DriftRule } from '../../../quality/drift/judge-drift.js'
import type { Drift } from '../../../quality/drift/measure-drift.js'
import { MEASURED_FIGURES } from '../../../quality/measured-figures.js'
import { figureRows } from '../../../report/figure-rows.js'
import { formatNumber, formatQuantity } from '../../../report/format-number.js'
import type { ReportSection } from '../../../report/report-measurement.js'
import type { MeasureCommand, Measurement, MeasureSession } from '../../measure-command.js'
import { parseNumber } from '../../parse-options.js'

interface DriftOptions {
  readonly limit?: Readonly<Record<string, number>>
  readonly time?: string
  readonly temperature?: number
  readonly failWhenStale?: boolean
}

export const driftCommand: MeasureCommand = {
  name: 'drift',
  summary: 'drift of a panel from its calibration: is it stale, by which rule',
  grouped: [
    { flag: '--dark', description: 'new raw dark frames' },
    { flag: '--flat', description: 'new raw flats of one exposure; at least two for a pattern' }
  ],
  calibrationUse: { corrects: false, required: true, description: 'the calibration that is judged; its bad pixels are left out' },
  standard: 'EMVA 1288 release 4.0 (2021) for the split-half variances; limits after service practice, to be set against a baseline',
  explanation: `
The calibration is stale when one rule is exceeded (--limit name=value sets another limit):
  offsetDriftInNoise           |mean(dark - offset map)| / noise of a pixel               > 0.5
  offsetPatternExcessPercent   robust sd of (dark - offset map), as of one dark, above
                               sqrt(1 + 1/N) x noise of a pixel; N darks made the map     > 5 %
  gainPatternToTemporalRatio   pattern of the corrected flats from two halves, less what
                               the noise of the maps leaves, over their temporal noise    > 0.3
  newDefects, newKernelPixels  pixels that deviate and are good in the calibration        > 10, > 0
  ageHours, temperatureChange  time and panel temperature since the calibration           > 24, > 5
A figure that is not known judges nothing; without any of the first three the verdict is unknown.
The level of the flats is no rule: it is mostly the exposure. Exit code 0, stale or not; with
--fail-when-stale it is 4 unless the calibration is known not to be stale.`,
  addOptions: (command) => {
    command
      .addOption(new Option('--limit <name=value>', 'another limit for a rule').argParser(parseLimit))
      .addOption(new Option('--time <date>', 'when the new frames were taken, ISO 8601').argParser(parseTime))
      .addOption(
        new Option('--temperature <C>', 'temperature of the panel now').argParser(parseNumber('--temperature', { min: -273.15, max: 200 }))
      )
      .option('--fail-when-stale', 'exit 4 when the calibration is stale or cannot be judged')
  },
  measure: measureDriftOf
}

/** `newDefects=20`; the names are checked with the calibration at hand. */
function parseLimit(text: string, previous: Readonly<Record<string, number>> = {}): Readonly<Record<string, number>> {
  const [name, value, ...more] = text.split('=')
  if (value === undefined || more.length > 0) throw new InvalidArgumentError('--limit takes name=value, such as newDefects=20.')
  return { ...previous, [name]: parseNumber(`--limit ${name}`, { min: 0 })(value) }
}

function parseTime(text: string): string {
  if (/^\d{4}-\d\d-\d\d/.test(text) && Number.isFinite(Date.parse(text))) return text
  throw new InvalidArgumentError('--time takes a date and time after ISO 8601, such as 2026-11-21T09:30:00Z.')
}

async function measureDriftOf(session: MeasureSession): Promise<Measurement> {
  const { limit, time, temperature, failWhenStale = false } = session.options as DriftOptions
  const darks = await session.joined('--dark')
  const flats = await session.joined('--flat')
  if (darks === null && flats === null) {
    throw new OptionError({ subject: 'new frames', expected: '--dark, --flat or both', received: 'neither' })
  }
  const { measureDrift } = await import('../../../quality/drift/measure-drift.js')
  const taken = { ...(darks && { darks: darks.raw }), ...(flats && { flats: flats.raw }) }
  const { region } = session
  const result = await measureDrift(taken, session.calibration!, { region, limits: limit, time, temperature })
  return {
    document: { ...result },
    verdict: verdictOf(result),
    failed: failWhenStale && result.stale !== false,
    sections: [ruleSection(result.rules), figureSection(result), positionSection(result)]
  }
}

function verdictOf({ stale, rules }: Drift): Measurement['verdict'] {
  if (stale === null) return { outcome: 'unknown', text: 'NOT JUDGED: neither the offset nor the gain could be judged' }
  if (stale) {
    const names = rules.filter(({ exceeded }) => exceeded === true).map(({ name }) => name)
    return { outcome: 'bad', text: `STALE by ${names.join(', ')}` }
  }
  const unknown = rules.filter(({ exceeded }) => exceeded === null).length
  return { outcome: 'good', text: `NOT STALE by ${rules.length - unknown} rules${unknown === 0 ? '' : `; ${unknown} not judged`}` }
}

function ruleSection(rules: readonly DriftRule[]): ReportSection {
  const rows = rules.map(({ name, figure, limit, unit, exceeded, reason }) => [
    exceeded === null ? 'unknown' : exceeded ? 'STALE' : 'fine',
    name,
    formatQuantity(figure, unit),
    `limit ${formatQuantity(limit, unit)}`,
    reason ?? ''
  ])
  return { kind: 'table', title: 'rules', rows, align: ['left', 'left', 'right', 'left', 'left'] }
}

function figureSection(result: Drift): ReportSection {
  const rows = figureRows(result, MEASURED_FIGURES.drift)
  return { kind: 'figures', title: `figures, from ${result.darkFrames} darks and ${result.flatFrames} flats`, rows }
}

function positionSection({ positions }: Drift): ReportSection {
  const rows = positions.map(({ row, col, offsetChangeDn, deviationPercent }) => [
    `[${row}, ${col}]`,
    offsetChangeDn === undefined ? '' : `${formatNumber(offsetChangeDn)} DN in the darks`,
    deviationPercent === undefined ? '' : `${formatNumber(deviationPercent)} % in the flats`
  ])
  return {
    kind: 'table',
    title: 'pixels that deviate and are good in the calibration',
    rows,
    align: ['left', 'right', 'right'],
    brief: 10
  }
}
