import { writeFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { createCorrector } from '../correction/create-corrector.js'
import { AbortedError, OptionError } from '../errors.js'
import { appendJsonLine } from '../io/append-json-line.js'
import type { AppendedLine } from '../io/append-json-line.js'
import { assertLogFile } from '../io/assert-log-file.js'
import { countFrames } from '../io/count-frames.js'
import { findFrames } from '../io/find-frames.js'
import { loadCalibration } from '../io/load-calibration.js'
import { readCalibrationHash } from '../io/read-calibration-hash.js'
import { readFrames } from '../io/read-frames.js'
import { replaceFile } from '../io/replace-file.js'
import type { CalibrationSet } from '../maps/calibration-set.js'
import { assertBaseline } from '../quality/limits/assert-baseline.js'
import type { Baseline } from '../quality/limits/assert-baseline.js'
import { checkLimits } from '../quality/limits/check-limits.js'
import type { LimitCheck } from '../quality/limits/check-limits.js'
import type { Limits } from '../quality/limits/limits.js'
import { createQcRecord } from '../quality/qc/create-qc-record.js'
import { createVerification } from '../quality/verification/create-verification.js'
import type { VerificationReport } from '../quality/verification/verification-report.js'
import { correctToMeasure } from './correct-to-measure.js'
import type { JobOptions, JobProgress } from './job-options.js'
import { scanReading } from './scan-reading.js'
import type { ScanReading } from './scan-reading.js'
import { assertReplaceableXml } from './verify/assert-replaceable-xml.js'
import { readJsonFile } from './verify/read-json-file.js'

/** Options of {@link verifyScan}. */
export interface VerifyScanOptions extends ScanReading, JobOptions<JobProgress> {
  /** Calibration file. */
  readonly calibration: string
  /** Flat fields that were not used for the calibration: files, folders or patterns, as for `findFrames`. */
  readonly flats: readonly string[]
  /**
   * JSON file of limits that the figures are held against.
   * @default undefined: none
   */
  readonly limits?: string
  /**
   * Document of an earlier verification, for limits on changes.
   * @default the one that the limits name
   */
  readonly baseline?: string
  /**
   * The baseline may be of another panel.
   * @default false
   */
  readonly anyPanel?: boolean
  /**
   * File for the verdicts as JUnit XML; an older one is replaced.
   * @default undefined: none
   */
  readonly junit?: string
  /**
   * QC log that this run is appended to.
   * @default undefined: none
   */
  readonly log?: string
}

/** What {@link verifyScan} found. */
export interface VerifyScanDocument extends VerificationReport {
  /** Verdicts; null: no limits were given. */
  readonly limits: LimitCheck | null
  /** File of the baseline. */
  readonly baseline: string | null
  readonly junit: string | null
  readonly log: (AppendedLine & { readonly file: string }) | null
}

/** What the figures are held against. */
interface Standards {
  readonly limits: Limits
  readonly file: string | null
  readonly baseline: Baseline | null
}

/**
 * Correct unseen flats, measure what is left, and hold it against limits. Everything that can be refused is refused before the work.
 * @throws {OptionError} ERR_OPTION for limits or a baseline that cannot be, or options that miss their partner
 * @throws {ModeError} ERR_MODE for flats of another mode or panel, or that were corrected already
 * @throws {StackError} ERR_STACK, {ShapeError} ERR_SHAPE, {FormatError} ERR_FORMAT, {CalibrationError} ERR_CALIBRATION, {ExistsError}
 * ERR_EXISTS, {IoError} ERR_IO, {AbortedError} ERR_ABORTED
 */
export async function verifyScan(options: VerifyScanOptions): Promise<VerifyScanDocument> {
  const time = new Date()
  const { calibration: file, flats, anyPanel, junit, log } = options
  if (flats.length === 0) {
    throw new OptionError({ subject: 'option "--flat"', expected: 'files, folders or patterns', received: 'none' })
  }
  const standards = await readStandards(options)
  await assertOutputs(options)
  const files = await findFrames(flats)
  const calibration = await loadCalibration(file)
  const sha256 = await readCalibrationHash(file)
  if (standards) assertBaseline(calibration, standards.limits, standards.baseline, { anyPanel })
  const report = await verify(files, calibration, options)
  const check = standards && checkLimits(report, standards.limits, { baseline: standards.baseline, anyPanel })
  if (junit !== undefined && check) {
    const { reportJunit } = await import('../report/report-junit.js')
    await replaceFile(junit, (temporary) => writeFile(temporary, reportJunit(report, check, { time })))
  }
  const appended = log === undefined ? null : await appendJsonLine(log, createQcRecord(report, check, { time, file, sha256 }))
  return {
    ...report,
    limits: check,
    baseline: standards && standards.file,
    junit: junit ?? null,
    log: appended && { file: log!, ...appended }
  }
}

async function readStandards({ limits: path, junit, baseline, anyPanel }: VerifyScanOptions): Promise<Standards | null> {
  if (path === undefined) {
    const stray = junit !== undefined ? '--junit' : baseline !== undefined ? '--baseline' : anyPanel ? '--any-panel' : null
    if (stray !== null) throw new OptionError({ subject: `option "${stray}"`, expected: '--limits with it', received: 'none' })
    return null
  }
  // zod, which they need, is not loaded by those that have no limits
  const [{ parseLimits }, { readBaseline }] = await Promise.all([
    import('../quality/limits/parse-limits.js'),
    import('./verify/read-baseline.js')
  ])
  const limits = parseLimits(await readJsonFile(path, 'limits'))
  const file = baseline ?? (limits.baseline === undefined ? null : resolve(dirname(path), limits.baseline))
  return { limits, file, baseline: file === null ? null : await readBaseline(file) }
}

async function assertOutputs({ junit, log }: VerifyScanOptions): Promise<void> {
  if (junit !== undefined) await assertReplaceableXml(junit)
  if (log !== undefined) await assertLogFile(log, 'flatpanel.qc-record/1')
  if (junit === undefined || log === undefined || resolve(junit) !== resolve(log)) return
  throw new OptionError({ subject: 'option "--log"', expected: 'another file than --junit', received: log })
}

async function verify(files: readonly string[], calibration: CalibrationSet, options: VerifyScanOptions): Promise<VerificationReport> {
  const { signal, onEvent = () => {}, allowCorrected = false } = options
  const reading = { ...scanReading(options), role: 'flat', reuse: true } as const
  const total = await countFrames(files, reading)
  const corrector = createCorrector(calibration, { output: 'float32', allowCorrected })
  const verification = createVerification(calibration)
  const { shape } = calibration
  const out = { data: new Float32Array(shape[0] * shape[1]), shape }
  const report = (done: number): void => onEvent({ type: 'progress', stage: 'verifying flats', done, total })
  let done = 0
  for await (const frame of readFrames(files, reading)) {
    if (signal?.aborted) throw new AbortedError('verify', signal.reason)
    report(done++)
    correctToMeasure(corrector, calibration, frame, out)
    const { saturated, unrepaired, nonFinite } = corrector.last
    verification.add(out, {
      name: frame.info?.name,
      sha256: frame.info?.sha256,
      saturatedPixels: saturated,
      unrepairedPixels: unrepaired,
      nonFinitePixels: nonFinite
    })
  }
  report(total)
  return verification.result()
}
