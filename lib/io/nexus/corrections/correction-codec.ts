import type { Corrections } from '../../../maps/corrections/corrections.js'
import type { Shape } from '../../../frame/shape.js'

/** Numbers of a group, as they stand in the file. */
export interface StoredNumbers {
  readonly data: Float64Array
  readonly shape: readonly number[]
}

/** How one further correction is written into a group of its own, and read from it. */
export interface CorrectionCodec<Key extends keyof Corrections = keyof Corrections> {
  readonly key: Key
  /** Name of the group in the detector. */
  readonly group: string
  /** Version of the group: another one is refused. */
  readonly version: string
  /** What `required_steps` calls the step that applies it; null: it changes no pixel. */
  readonly step: string | null
  /** Its datasets, float64, with their units (`1`: none). */
  readonly datasets: Readonly<Record<string, string>>
  encode(correction: NonNullable<Corrections[Key]>): Readonly<Record<string, StoredNumbers>>
  /**
   * @param subject file and group, for messages
   * @throws {CalibrationError} ERR_CALIBRATION when the numbers cannot be
   */
  decode(subject: string, numbers: Readonly<Record<string, StoredNumbers>>, shape: Shape): NonNullable<Corrections[Key]>
}
