import { writeFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { createCorrector } from '../../correction/create-corrector.js'
import { AbortedError, OptionError } from '../../errors.js'
import { appendJsonLine } from '../../io/append-json-line.js'
import { countFrames } from '../../io/count-frames.js'
import { findFrames } from '../../io/find-frames.js'
import { loadCalibration } from '../../io/load-calibration.js'
import { readFrames } from '../../io/read-frames.js'
import { replaceFile } from '../../io/replace-file.js'
import type { CalibrationSet } from '../../maps/calibration-set.js'
import { checkLimits } from '../../quality/limits/check-limits.js'
import type { Baseline, LimitCheck } from '../../quality/limits/check-limits.js'
import { createQcRecord } from '../../quality/qc/create-qc-record.js'
import { createVerification } from '../../quality/verification/create-verification.js'
import type { Limits } from '../../quality/limits/limits.js'
import { parseLimits } from '../../quality/limits/parse-limits.js'
import type { VerificationReport } from '../../quality/verification/verification-report.js'
import { reportJunit } from '../../report/report-junit.js'
import { reportVerification } from '../../report/report-verification.js'
import { EXIT } from '../exit-code-of.js'
import { rawLayout } from '../raw-layout.js'
import type { RawOptions } from '../raw-layout.js'
import { readBaseline } from '../read-baseline.js'
import { readJsonFile } from '../read-json-file.js'
import type { Terminal } from '../terminal.js'

/** Options of `flatpanel verify`, as the argument parser gives them. */
export interface VerifyCommandOptions extends RawOptions {
  readonly calibration: string
  readonly flat?: readonly string[][]
  readonly limits?: string
  /** An earlier document of this command; before the one that the limits name. */
  readonly baseline?: string
  /** File for JUnit XML; replaced. */
  readonly junit?: string
  /** QC log to append to. */
  readonly log?: string
}

/** What the figures are held against; null where nothing was given. */
interface Standards {
  readonly limits: Limits | null
  readonly baselineFile: string | null
  readonly baseline: Baseline | null
}

/** `flatpanel verify`: correct unseen flats, measure what is left, hold it against limits. */
export async function runVerify(options: VerifyCommandOptions, terminal: Terminal): Promise<number> {
  const time = new Date()
  const patterns = options.flat?.flat() ?? []
  if (patterns.length === 0) {
    throw new OptionError({ subject: 'option "--flat"', expected: 'files, folders or patterns', received: 'none' })
  }
  const standards = await readStandards(options)
  const files = await findFrames(patterns)
  const calibration = await loadCalibration(options.calibration)
  const report = await verify(files, calibration, options, terminal)
  const { limits, baseline, baselineFile } = standards
  const check = limits && checkLimits(report, limits, { baseline })
  if (options.junit !== undefined && check) await writeJunit(options.junit, report, check, time)
  const log = options.log === undefined ? null : await appendToLog(options.log, report, check, options.calibration, time)
  terminal.print(reportVerification(report, check ?? undefined))
  if (options.junit !== undefined) terminal.print(`\nwritten: ${options.junit} (JUnit)`)
  if (log) terminal.print(`\nrecorded in ${log.file}`)
  if (log?.tornLine) terminal.say(`${log.file}: the last line was torn (a run before this one was killed); it was closed, and is left out by flatpanel qc`)
  terminal.document({ ...report, limits: check, baseline: baselineFile, log })
  return check && !check.passed ? EXIT.limits : EXIT.done
}

async function readStandards(options: VerifyCommandOptions): Promise<Standards> {
  const { limits: file, junit, baseline } = options
  if (file === undefined) {
    const stray = junit !== undefined ? '--junit' : baseline !== undefined ? '--baseline' : null
    if (stray !== null) throw new OptionError({ subject: `option "${stray}"`, expected: '--limits with it', received: 'none' })
    return { limits: null, baselineFile: null, baseline: null }
  }
  const limits = parseLimits(await readJsonFile(file, 'limits'))
  const baselineFile = baseline ?? (limits.baseline === undefined ? null : resolve(dirname(file), limits.baseline))
  return { limits, baselineFile, baseline: baselineFile === null ? null : await readBaseline(baselineFile) }
}

async function verify(
  files: readonly string[],
  calibration: CalibrationSet,
  options: VerifyCommandOptions,
  { progress, signal }: Terminal
): Promise<VerificationReport> {
  const raw = rawLayout(options)
  const total = await countFrames(files, { raw })
  const corrector = createCorrector(calibration, { output: 'float32' })
  const verification = createVerification(calibration)
  const { shape } = calibration
  const out = { data: new Float32Array(shape[0] * shape[1]), shape }
  let done = 0
  for await (const frame of readFrames(files, { raw })) {
    if (signal.aborted) throw new AbortedError('verify', signal.reason)
    progress.report('verifying flats', done++, total)
    const corrected = corrector.correct(frame, { out })
    const { saturated, unrepaired, nonFinite } = corrector.last
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

async function writeJunit(path: string, report: VerificationReport, check: LimitCheck, time: Date): Promise<void> {
  const xml = reportJunit(report, check, { timestamp: time.toISOString() })
  await replaceFile(path, (temporary) => writeFile(temporary, xml))
}

async function appendToLog(path: string, report: VerificationReport, check: LimitCheck | null, file: string, time: Date) {
  const { tornLine } = await appendJsonLine(path, { ...createQcRecord(report, check, { time, file }) })
  return { file: path, tornLine }
}
