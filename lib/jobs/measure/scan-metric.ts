import type { Region } from '../../frame/region.js'
import type { JobOptions, JobProgress } from '../job-options.js'
import type { ScanReading } from '../scan-reading.js'
import type { MeasureSession } from './measure-session.js'

/** Options of `measureScan`. */
export interface MeasureScanOptions extends ScanReading, JobOptions<JobProgress> {
  /**
   * Calibration file.
   * @default undefined: none
   */
  readonly calibration?: string
  /**
   * Frames: files, folders or patterns, as for `findFrames`.
   * @default []
   */
  readonly frames?: readonly string[]
  /**
   * Frames that a metric tells apart, such as `--dark` and `--flat`: each occurrence is a stack.
   * @default {}
   */
  readonly groups?: Readonly<Record<string, readonly (readonly string[])[]>>
  /**
   * In mm, [between rows, between columns].
   * @default that of the calibration
   */
  readonly pixelPitch?: readonly [number, number]
  /**
   * Measure this rectangle only.
   * @default undefined: the whole frame
   */
  readonly region?: Region
  /**
   * Options of the metric itself.
   * @default {}
   */
  readonly settings?: Readonly<Record<string, unknown>>
}

/** What a metric found. */
export interface ScanMeasurement {
  /** Fields that join the document. */
  readonly document: Readonly<Record<string, unknown>>
  /** One sentence each. */
  readonly warnings?: readonly string[]
}

/** Something that is measured on the frames of a scan. */
export interface ScanMetric<M extends ScanMeasurement = ScanMeasurement> {
  readonly name: string
  /** After which it measures. */
  readonly standard: string
  /** `corrects`: frames are corrected with the calibration before they are measured; otherwise they stay raw. */
  readonly calibrationUse: { readonly corrects: boolean }
  readonly measure: (session: MeasureSession) => Promise<M>
}
