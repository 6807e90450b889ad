import type { Command } from 'commander'
import type { MeasureSession } from '../jobs/measure/measure-session.js'
import type { MeasurementFacts, ReportSection } from '../report/report-measurement.js'

export type { MeasuredFrame, MeasuredStack, MeasureSession } from '../jobs/measure/measure-session.js'

/** What was measured: fields that join the JSON document, and sections of the text. */
export interface Measurement {
  readonly document: Readonly<Record<string, unknown>>
  readonly sections: readonly ReportSection[]
  readonly warnings?: readonly string[]
  /** Stands before everything else in the text. */
  readonly verdict?: MeasurementFacts['verdict']
  /** True: the limits of the measure are not met and the user asked to be told by the exit code. @default false */
  readonly failed?: boolean
}

/** What `--calibration` is for. */
export interface CalibrationUse {
  /** True: frames are corrected with it before they are measured; false: they stay raw. */
  readonly corrects: boolean
  /** Without it there is nothing to measure. */
  readonly required?: boolean
  /** Of the option. */
  readonly description: string
}

/** One of the commands under `flatpanel measure`. The definition is light; what it computes with is loaded when it runs. */
export interface MeasureCommand {
  readonly name: string
  /** One line for the list of commands. */
  readonly summary: string
  /** What the frames of the command line are; absent: they come by grouped options only. */
  readonly frames?: string
  /** Options of files; each occurrence is a group of its own. */
  readonly grouped?: readonly { readonly flag: string; readonly description: string }[]
  readonly calibrationUse: CalibrationUse
  /** True: figures in mm need the pixel pitch, so there is an option for it. */
  readonly usesPitch?: boolean
  /** Options beside the common ones. */
  readonly addOptions?: (command: Command) => void
  /** The page behind the options: formula, edges. */
  readonly explanation: string
  readonly standard: string
  readonly measure: (session: MeasureSession) => Promise<Measurement>
}
