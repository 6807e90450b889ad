import type { FrameSource } from '../../frame/frame-source.js'
import type { Region } from '../../frame/region.js'
import type { Shape } from '../../frame/shape.js'
import type { CalibrationSet } from '../../maps/calibration-set.js'
import type { DefectMap } from '../../maps/maps.js'

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

/** What a metric works with. */
export interface MeasureSession {
  /** Of the metric itself, without types: each metric names its own. */
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
