import { finiteDocument } from '../../../report/finite-document.js'
import { formatNumber } from '../../../report/format-number.js'
import { reportMeasurement } from '../../../report/report-measurement.js'
import { EXIT } from '../../exit-code-of.js'
import type { MeasureCommand, Measurement, MeasureSession } from '../../measure-command.js'
import { openMeasureSession } from '../../open-measure-session.js'
import type { MeasureOptions, NamedFrames } from '../../open-measure-session.js'
import type { Terminal } from '../../terminal.js'

/** `flatpanel measure <metric>`: read the frames, correct them where asked, measure, and say what, from what, after which standard. */
export async function runMeasure(
  command: MeasureCommand,
  options: MeasureOptions,
  named: NamedFrames,
  terminal: Terminal
): Promise<number> {
  const { name, standard } = command
  const used: string[] = []
  const session = await openMeasureSession(command, options, named, terminal, used)
  const { document, sections, verdict, failed = false, warnings: own = [] } = await command.measure(session)
  terminal.progress.stop()
  const warnings = [...session.warnings(), ...nonFiniteWarning(document), ...own]
  const { kind, words } = describeFrames(command, session)
  const title = `${name} from ${used.length} ${used.length === 1 ? 'file' : 'files'}`
  terminal.print(reportMeasurement({ title, verdict, facts: facts(command, options, session, words), sections, standard, warnings }))
  const input = {
    files: used,
    calibration: options.calibration ?? null,
    serialNumber: session.calibration && session.calibration.serialNumber,
    frames: kind,
    pixelPitchMm: session.pixelPitch,
    region: session.region ?? null
  }
  terminal.document(finiteDocument({ schema: `flatpanel.measure.${name}/1`, standard, input, ...document, warnings }))
  return failed ? EXIT.limits : EXIT.done
}

/** The counts stand with the figures; that there are such pixels at all must not be overlooked. */
function nonFiniteWarning(document: Measurement['document']): string[] {
  const most = mostNonFinite(document)
  return most === 0 ? [] : [`${most} good pixels are not finite and were left out`]
}

function mostNonFinite(value: unknown): number {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return 0
  const { nonFinitePixels: own = 0 } = value as { nonFinitePixels?: number }
  return Object.values(value).reduce<number>((most, field) => Math.max(most, mostNonFinite(field)), own)
}

/** What was done to the frames before they were measured. */
function describeFrames({ calibrationUse: { corrects } }: MeasureCommand, { calibration }: MeasureSession) {
  const left = calibration ? 'its bad pixels are left out' : 'no calibration was given: every pixel counts'
  if (!corrects)
    return { kind: 'raw', words: calibration ? 'raw; the calibration says which pixels are bad, and they are left out' : `raw; ${left}` }
  if (calibration) return { kind: 'corrected', words: `corrected with the calibration; ${left}` }
  return { kind: 'taken as corrected', words: `taken as corrected already; ${left}` }
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
