import type { Command } from 'commander'
import type { DefectMap } from '../maps/maps.js'
import type { CalibrationSet } from '../maps/calibration-set.js'
import type { FrameSource } from '../frame/frame-source.js'
import type { Region } from '../frame/region.js'
import type { Shape } from '../frame/shape.js'
import type { MeasurementFacts, ReportSection } from '../report/report-measurement.js'

/** A frame that is to be measured. It has a buffer of its own. */
export interface MeasuredFrame {
  readonly data: Float32Array
  readonly shape: Shape
  readonly name: string
  /** Raw pixels at or above saturation; null: unknown. */
  readonly saturated: number | null
}

/** The frames of some files; may be gone through more than once. */
export interface MeasuredStack {
  /** Frames, pages counted. */
  readonly total: number
  /** As stored. */
  readonly raw: FrameSource
  /** Corrected with the calibration where there is one, otherwise as stored, in float32. */
  readonly frames: AsyncIterable<MeasuredFrame>
}

/** What a measuring command works with. */
export interface MeasureSession {
  // The argument parser gives options without types; each command names its own.
  readonly options: Readonly<Record<string, unknown>>
  readonly calibration: CalibrationSet | null
  /** Of the calibration; null: there is none, every pixel counts. */
  readonly defects: DefectMap | null
  /** Millimetres [between rows, between columns]; null: unknown. */
  readonly pixelPitch: readonly [number, number] | null
  readonly region: Region | undefined
  /** Frames named without an option; null: none were. */
  readonly stack: () => Promise<MeasuredStack | null>
  /** Frames of each occurrence of a grouped option; none where it was not given. */
  readonly group: (flag: string) => Promise<MeasuredStack[]>
  /** Frames of all occurrences of a grouped option as one stack; null where it was not given. */
  readonly joined: (flag: string) => Promise<MeasuredStack | null>
  /** What has to be said of the frames that were read so far. */
  readonly warnings: () => string[]
}

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
