import type { Region } from '../../../frame/region.js'
import { measureScan } from '../../../jobs/measure-scan.js'
import type { MeasureSession } from '../../../jobs/measure/measure-session.js'
import { formatNumber } from '../../../report/format-number.js'
import { reportMeasurement } from '../../../report/report-measurement.js'
import { EXIT } from '../../exit-code-of.js'
import type { MeasureCommand } from '../../measure-command.js'
import { readingOf } from '../../reading-of.js'
import type { ReadingOptions } from '../../reading-of.js'
import type { Terminal } from '../../terminal.js'

/** Options that every measuring command has, as the argument parser gives them. */
export interface MeasureOptions extends ReadingOptions {
  readonly calibration?: string
  /** Micrometres. */
  readonly pitch?: number
  readonly region?: Region
}

/** What was named on the command line. */
export interface NamedFrames {
  readonly patterns: readonly string[]
  readonly groups: Readonly<Record<string, string[][]>>
}

/** `flatpanel measure <metric>`: measure the frames, and say what, from what, after which standard. */
export async function runMeasure(
  command: MeasureCommand,
  options: MeasureOptions,
  { patterns, groups }: NamedFrames,
  terminal: Terminal
): Promise<number> {
  const { name, standard } = command
  const { calibration, pitch, region, allowCorrected } = options
  const { document, measurement, session, files } = await measureScan(command, {
    ...{ calibration, region, allowCorrected, groups },
    ...readingOf(options),
    frames: patterns,
    pixelPitch: pitch === undefined ? undefined : [pitch / 1000, pitch / 1000],
    settings: options as Readonly<Record<string, unknown>>,
    signal: terminal.signal,
    onEvent: ({ stage, done, total }) => terminal.progress.report(stage, done, total)
  })
  terminal.progress.stop()
  const { sections, verdict, failed = false } = measurement
  const title = `${name} from ${files.length} ${files.length === 1 ? 'file' : 'files'}`
  const words = describeFrames(command, session)
  const { warnings } = document
  terminal.print(reportMeasurement({ title, verdict, facts: facts(command, options, session, words), sections, standard, warnings }))
  terminal.document(document)
  return failed ? EXIT.limits : EXIT.done
}

/** What was done to the frames before they were measured. */
function describeFrames({ calibrationUse: { corrects } }: MeasureCommand, { calibration }: MeasureSession): string {
  const left = calibration ? 'its bad pixels are left out' : 'no calibration was given: every pixel counts'
  if (!corrects) return calibration ? 'raw; the calibration says which pixels are bad, and they are left out' : `raw; ${left}`
  return calibration ? `corrected with the calibration; ${left}` : `taken as corrected already; ${left}`
}

function facts({ usesPitch }: MeasureCommand, options: MeasureOptions, session: MeasureSession, frames: string): [string, string][] {
  const { calibration, pixelPitch, region } = session
  const panel = calibration?.serialNumber ?? 'a panel of unknown serial number'
  const pitch = pixelPitch && [...new Set(pixelPitch)].map((side) => formatNumber(side)).join(' x ')
  const lines: [string, string][] = [['frames', frames]]
  if (options.calibration !== undefined) lines.push(['calibration', `${options.calibration}, ${panel}`])
  if (usesPitch) lines.push(['pixel pitch', pitch === null ? 'unknown (--pitch)' : `${pitch} mm`])
  if (region) {
    const { row, col, rows, cols } = region
    lines.push(['region', `rows ${row} to ${row + rows - 1}, columns ${col} to ${col + cols - 1}`])
  }
  return lines
}
