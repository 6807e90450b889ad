import type { CalibrateOptions } from '../../../calibration/calibrate-options.js'
import type { DefectPresetName } from '../../../calibration/defect-presets/defect-preset.js'
import type { ReadoutLayout } from '../../../calibration/defect-rules/resolve-defect-options.js'
import type { FrameMode } from '../../frame/frame-info.js'
import { calibrateScan } from '../../jobs/calibrate-scan.js'
import type { CalibrateScanOptions } from '../../jobs/calibrate-scan.js'
import type { NamedStacks } from '../../jobs/calibrate/find-stacks.js'
import { reportCalibration } from '../../report/report-calibration.js'
import { reportChanges } from '../../report/report-changes.js'
import { reportWritten } from '../../report/report-written.js'
import { EXIT } from '../exit-code-of.js'
import type { DefectRuleArguments } from '../parse-defect-rule.js'
import { readingOf } from '../reading-of.js'
import type { ReadingOptions } from '../reading-of.js'
import type { Terminal } from '../terminal.js'

/** Options of `flatpanel calibrate`, as the argument parser gives them. */
export interface CalibrateCommandOptions extends ReadingOptions, NamedStacks {
  readonly out: string
  readonly serial?: string
  readonly name?: string
  readonly saturation?: number
  readonly bits?: number
  /** Micrometres. */
  readonly pitch?: number
  readonly mode?: FrameMode
  readonly kv?: number
  readonly filter?: string
  readonly temperature?: number
  readonly combine?: 'auto' | 'mean' | 'median' | 'clip'
  readonly normalizeFlats?: boolean
  readonly defectsPreset?: DefectPresetName
  readonly defectRule?: DefectRuleArguments
  readonly readout?: ReadoutLayout
  readonly field?: CalibrateOptions['field']
  /** Shielded columns, half-open. */
  readonly referenceColumns?: readonly (readonly [number, number])[]
  readonly splitHalf?: boolean
  readonly memory?: number
  readonly threads?: number
  /** Calibration or text whose factory and user layers stay in force. */
  readonly keepDefects?: string
  readonly force?: boolean
}

/** `flatpanel calibrate`: frames in, one calibration file out, and a report of what it is and what changed. */
export async function runCalibrate(options: CalibrateCommandOptions, terminal: Terminal): Promise<number> {
  const { scans, dark, flat, decay, out, threads, keepDefects, force, allowCorrected } = options
  const { calibration, document } = await calibrateScan({
    ...{ scans, dark, flat, decay, out, threads, keepDefects, force, allowCorrected },
    ...readingOf(options),
    build: buildOf(options),
    signal: terminal.signal,
    onEvent: (event) => {
      if (event.type === 'warning') terminal.say(`warning: ${event.message}`)
      else terminal.progress.report(event.stage, event.done, event.total)
    }
  })
  terminal.progress.stop()
  const { summary, changes, archived } = document
  terminal.print(reportCalibration(calibration, summary))
  if (changes) terminal.print(reportChanges(changes))
  terminal.print(reportWritten(document.out, archived))
  terminal.document(document)
  return EXIT.done
}

function buildOf(options: CalibrateCommandOptions): CalibrateScanOptions['build'] {
  return {
    ...(options.saturation !== undefined && { saturation: options.saturation }),
    ...(options.bits !== undefined && { bits: options.bits }),
    ...(options.pitch !== undefined && { pixelPitch: options.pitch / 1000 }),
    mode: options.mode,
    kilovolts: options.kv,
    filter: options.filter,
    temperature: options.temperature,
    serialNumber: options.serial,
    localName: options.name,
    combine: options.combine === 'auto' ? undefined : options.combine,
    normalizeFlats: options.normalizeFlats ?? true,
    defectRules: { preset: options.defectsPreset ?? 'general', ...options.defectRule },
    ...(options.readout && { readout: options.readout }),
    ...(options.field && { field: options.field }),
    ...(options.referenceColumns && { referenceColumns: options.referenceColumns }),
    splitHalf: options.splitHalf ?? false,
    memory: options.memory
  }
}
