import { version } from '../../version.js'
import type { Figure } from '../figure.js'
import type { LimitCheck } from '../limits/check-limits.js'
import type { VerificationReport } from '../verification/verification-report.js'

/** One run in a QC log; plain JSON, one line of the log. */
export interface QcRecord {
  readonly schema: 'flatpanel.qc-record/1'
  /** ISO 8601, UTC. */
  readonly time: string
  /** Of the program. */
  readonly version: string
  readonly serialNumber: string | null
  /** The calibration that was verified; `sha256` tells two files of one name apart. */
  readonly calibration: { readonly file: string | null; readonly sha256: string | null; readonly created: string | null }
  /** Flats of the run. */
  readonly frames: number
  /** Limits met; null: no limits were given. */
  readonly passed: boolean | null
  /** Limits missed; null: no limits were given. */
  readonly missed: number | null
  /** How many warnings the verification gave. */
  readonly warnings: number
  /** Over all flats. */
  readonly figures: readonly Figure[]
}

export interface CreateQcRecordOptions {
  /** When the flats were verified. */
  readonly time: Date
  /** Calibration file. @default null */
  readonly file?: string | null
  /** SHA-256 of the calibration file, hex. @default null */
  readonly sha256?: string | null
}

/**
 * Make the record of a verification for a QC log: who, when, which calibration, which program, the verdict, and the figures over all
 * flats with their units.
 * @param check of `checkLimits`; null: no limits were given
 * @returns plain JSON, some 2.5 kB; `schema` comes first
 */
export function createQcRecord(
  { calibration, overall, warnings }: VerificationReport,
  check: LimitCheck | null,
  { time, file = null, sha256 = null }: CreateQcRecordOptions
): QcRecord {
  return {
    schema: 'flatpanel.qc-record/1',
    time: time.toISOString(),
    version,
    serialNumber: calibration.serialNumber,
    calibration: { file, sha256, created: calibration.created },
    frames: overall.frames,
    passed: check && check.passed,
    missed: check && check.missed,
    warnings: warnings.length,
    figures: overall.figures
  }
}
