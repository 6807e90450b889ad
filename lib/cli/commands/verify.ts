import { writeFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { createCorrector } from '../../correction/create-corrector.js'
import { AbortedError, OptionError } from '../../errors.js'
import { appendJsonLine } from '../../io/append-json-line.js'
import { assertLogFile } from '../../io/assert-log-file.js'
import { countFrames } from '../../io/count-frames.js'
import { findFrames } from '../../io/find-frames.js'
import { loadCalibration } from '../../io/load-calibration.js'
import { readCalibrationHash } from '../../io/read-calibration-hash.js'
import { readFrames } from '../../io/read-frames.js'
import { replaceFile } from '../../io/replace-file.js'
import type { CalibrationSet } from '../../maps/calibration-set.js'
import { BAD_PIXEL_BITS } from '../../maps/defect-flags.js'
import type { DefectMap } from '../../maps/maps.js'
import { assertBaseline } from '../../quality/limits/assert-baseline.js'
import type { Baseline } from '../../quality/limits/assert-baseline.js'
import { checkLimits } from '../../quality/limits/check-limits.js'
import type { Limits } from '../../quality/limits/limits.js'
import { parseLimits } from '../../quality/limits/parse-limits.js'
import { createQcRecord } from '../../quality/qc/create-qc-record.js'
import { createVerification } from '../../quality/verification/create-verification.js'
import type { VerificationReport } from '../../quality/verification/verification-report.js'
import { reportJunit } from '../../report/report-junit.js'
import { reportVerification } from '../../report/report-verification.js'
import { reportWritten } from '../../report/report-written.js'
import { assertReplaceableXml } from '../assert-replaceable-xml.js'
import { EXIT } from '../exit-code-of.js'
import { readingOf } from '../reading-of.js'
import type { ReadingOptions } from '../reading-of.js'
import { readBaseline } from '../read-baseline.js'
import { readJsonFile } from '../read-json-file.js'
import type { Terminal } from '../terminal.js'

/** Options of `flatpanel verify`, as the argument parser gives them. */
export interface VerifyCommandOptions extends ReadingOptions {
  readonly calibration: string
  readonly flat?: readonly string[][]
  readonly limits?: string
  /** An earlier document of this command; before the one that the limits name. */
  readonly baseline?: string
  /** The baseline may be of another panel. */
  readonly anyPanel?: boolean
  /** File for JUnit XML; replaced. */
  readonly junit?: string
  /** QC log to append to. */
  readonly log?: string
}

/** What the figures are held against. */
interface Standards {
  readonly limits: Limits
  readonly file: string | null
  readonly baseline: Baseline | null
}

/** `flatpanel verify`: correct unseen flats, measure what is left, hold it against limits. */
export async function runVerify(options: VerifyCommandOptions, terminal: Terminal): Promise<number> {
  const time = new Date()
  const patterns = options.flat?.flat() ?? []
  if (patterns.length === 0) {
    throw new OptionError({ subject: 'option "--flat"', expected: 'files, folders or patterns', received: 'none' })
  }
  // Everything that can be refused is refused before the work.
  const { calibration: file, anyPanel, junit, log } = options
  const standards = await readStandards(options)
  await assertOutputs(options)
  const files = await findFrames(patterns)
  const calibration = await loadCalibration(file)
  const sha256 = await readCalibrationHash(file)
  if (standards) assertBaseline(calibration, standards.limits, standards.baseline, { anyPanel })
  const report = await verify(files, calibration, options, terminal)
  const check = standards && checkLimits(report, standards.limits, { baseline: standards.baseline, anyPanel })
  terminal.print(reportVerification(report, check ?? undefined))
  if (junit !== undefined && check) {
    await replaceFile(junit, (temporary) => writeFile(temporary, reportJunit(report, check, { time })))
    terminal.print(reportWritten(`${junit} (JUnit)`))
  }
  const appended = log === undefined ? null : await appendJsonLine(log, createQcRecord(report, check, { time, file, sha256 }))
  if (appended) terminal.print([{ kind: 'note', text: `recorded in ${log}` }])
  if (appended?.tornLine)
    terminal.say(`${log}: the last line was torn (a run before this one was killed); it was closed, and flatpanel qc leaves it out`)
  terminal.document({
    ...report,
    limits: check,
    baseline: standards && standards.file,
    junit: junit ?? null,
    log: appended && { file: log, ...appended }
  })
  return check && !check.passed ? EXIT.limits : EXIT.done
}

async function readStandards({ limits: path, junit, baseline, anyPanel }: VerifyCommandOptions): Promise<Standards | null> {
  if (path === undefined) {
    const stray = junit !== undefined ? '--junit' : baseline !== undefined ? '--baseline' : anyPanel ? '--any-panel' : null
    if (stray !== null) throw new OptionError({ subject: `option "${stray}"`, expected: '--limits with it', received: 'none' })
    return null
  }
  const limits = parseLimits(await readJsonFile(path, 'limits'))
  const file = baseline ?? (limits.baseline === undefined ? null : resolve(dirname(path), limits.baseline))
  return { limits, file, baseline: file === null ? null : await readBaseline(file) }
}

async function assertOutputs({ junit, log }: VerifyCommandOptions): Promise<void> {
  if (junit !== undefined) await assertReplaceableXml(junit)
  if (log !== undefined) await assertLogFile(log, 'flatpanel.qc-record/1')
  if (junit === undefined || log === undefined || resolve(junit) !== resolve(log)) return
  throw new OptionError({ subject: 'option "--log"', expected: 'another file than --junit', received: log })
}

async function verify(
  files: readonly string[],
  calibration: CalibrationSet,
  options: VerifyCommandOptions,
  { progress, signal }: Terminal
): Promise<VerificationReport> {
  const reading = { ...readingOf(options), role: 'flat' } as const
  const total = await countFrames(files, reading)
  const corrector = createCorrector(calibration, { output: 'float32', allowCorrected: options.allowCorrected ?? false })
  const verification = createVerification(calibration)
  const { shape } = calibration
  const out = { data: new Float32Array(shape[0] * shape[1]), shape }
  let done = 0
  for await (const frame of readFrames(files, reading)) {
    if (signal.aborted) throw new AbortedError('verify', signal.reason)
    progress.report('verifying flats', done++, total)
    const corrected = corrector.correct(frame, { out })
    const { saturated, unrepaired, nonFinite } = corrector.last
    if (nonFinite > 0) leaveOut(out.data, corrector.repairs.pixels, calibration.defects)
    verification.add(corrected, {
      name: frame.info?.name,
      sha256: frame.info?.sha256,
      saturatedPixels: saturated,
      unrepairedPixels: unrepaired,
      nonFinitePixels: nonFinite
    })
  }
  progress.report('verifying flats', total, total)
  progress.stop()
  return verification.result()
}

/** What was not finite in this flat was replaced as well, but the defect map calls it good: it must not count. */
function leaveOut(corrected: Float32Array, repaired: Uint32Array, { data }: DefectMap): void {
  for (const pixel of repaired) if ((data[pixel] & BAD_PIXEL_BITS) === 0) corrected[pixel] = NaN
}
