import type { LimitCheck } from '../limits/check-limits.js'
import type { VerificationReport } from '../verification/verification-report.js'

/** One run in a QC log; plain JSON, one line of the log. */
export interface QcRecord {
  readonly schema: 'flatpanel.qc-record/1'
  /** ISO 8601, UTC. */
  readonly time: string
  readonly serialNumber: string | null
  readonly calibration: { readonly file: string | null; readonly created: string | null }
  /** Flats of the run. */
  readonly frames: number
  /** Limits met; null: no limits were given. */
  readonly passed: boolean | null
  /** Figures over all flats by the name of the metric, in its unit; null: the data could not give it. */
  readonly figures: Readonly<Record<string, number | null>>
}

export interface CreateQcRecordOptions {
  readonly time: Date
  /** Calibration file that was verified. @default null */
  readonly file?: string | null
}

/**
 * Make the record of a verification for a QC log: who, when, which calibration, and the figures over all flats.
 * @param check of `checkLimits`; null: no limits were given
 */
export function createQcRecord(report: VerificationReport, check: LimitCheck | null, { time, file = null }: CreateQcRecordOptions): QcRecord {
  const { calibration, overall } = report
  return {
    schema: 'flatpanel.qc-record/1',
    time: time.toISOString(),
    serialNumber: calibration.serialNumber,
    calibration: { file, created: calibration.created },
    frames: overall.frames,
    passed: check && check.passed,
    figures: Object.fromEntries(overall.figures.map(({ name, value }) => [name, value]))
  }
}
