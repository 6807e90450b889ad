import { finiteDocument } from '../../../report/finite-document.js'
import { formatNumber } from '../../../report/format-number.js'
import { reportMeasurement } from '../../../report/report-measurement.js'
import { EXIT } from '../../exit-code-of.js'
import type { MeasureCommand, MeasureSession } from '../../measure-command.js'
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
  const used: string[] = []
  const session = await openMeasureSession(command, options, named, terminal, used)
  const { document, sections, warnings = [] } = await command.measure(session)
  terminal.progress.stop()
  const how = describeCorrection(command, session)
  const input = {
    files: used,
    calibration: options.calibration ?? null,
    serialNumber: session.calibration && session.calibration.serialNumber,
    frames: how.kind,
    pixelPitchMillimetres: session.pixelPitch,
    region: session.region ?? null
  }
  const { name, standard } = command
  terminal.print(
    reportMeasurement({
      title: `${name} from ${used.length} ${used.length === 1 ? 'file' : 'files'}`,
      facts: facts(options, session, how.words),
      sections,
      standard,
      warnings
    })
  )
  terminal.document(finiteDocument({ schema: `flatpanel.measure.${name}/1`, standard, input, ...document, warnings }))
  return EXIT.done
}

/** What was done to the frames before they were measured. */
function describeCorrection({ calibrationUse }: MeasureCommand, { calibration }: MeasureSession) {
  if (calibrationUse === 'informs') {
    return { kind: 'raw', words: calibration ? 'raw; bad pixels of the calibration are left out' : 'raw; no calibration was given: every pixel counts' }
  }
  if (calibration) return { kind: 'corrected', words: 'corrected with the calibration; its bad pixels are left out' }
  return { kind: 'taken as corrected', words: 'taken as corrected already: no calibration was given, and every pixel counts' }
}

function facts(options: MeasureOptions, { calibration, pixelPitch, region }: MeasureSession, frames: string): [string, string][] {
  const panel = calibration?.serialNumber ?? 'a panel of unknown serial number'
  const pitch = pixelPitch && [...new Set(pixelPitch)].map((side) => formatNumber(side)).join(' x ')
  return [
    ['frames', frames],
    ...(options.calibration === undefined ? [] : [['calibration', `${options.calibration}, ${panel}`] as [string, string]]),
    ['pixel pitch', pitch === null ? 'unknown (--pitch)' : `${pitch} mm`],
    ['region', region ? `rows ${region.row} to ${region.row + region.rows - 1}, columns ${region.col} to ${region.col + region.cols - 1}` : 'the whole frame']
  ]
}
