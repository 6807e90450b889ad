import { readFile } from 'node:fs/promises'
import { createCorrector } from '../../correction/create-corrector.js'
import { AbortedError, IoError, OptionError } from '../../errors.js'
import { countFrames } from '../../io/count-frames.js'
import { findFrames } from '../../io/find-frames.js'
import { loadCalibration } from '../../io/load-calibration.js'
import { readFrames } from '../../io/read-frames.js'
import type { CalibrationSet } from '../../maps/calibration-set.js'
import { BAD_PIXEL_BITS } from '../../maps/defect-flags.js'
import type { DefectMap } from '../../maps/maps.js'
import { checkLimits } from '../../quality/check-limits.js'
import type { Limits } from '../../quality/limits.js'
import { createVerification } from '../../quality/create-verification.js'
import { parseLimits } from '../../quality/parse-limits.js'
import type { VerificationReport } from '../../quality/verification-report.js'
import { reportVerification } from '../../report/report-verification.js'
import { EXIT } from '../exit-code-of.js'
import { rawLayout } from '../raw-layout.js'
import type { RawOptions } from '../raw-layout.js'
import type { Terminal } from '../terminal.js'

/** Options of `flatpanel verify`, as the argument parser gives them. */
export interface VerifyCommandOptions extends RawOptions {
  readonly calibration: string
  readonly flat?: readonly string[][]
  readonly limits?: string
}

/** `flatpanel verify`: correct unseen flats, measure what is left, hold it against limits. */
export async function runVerify(options: VerifyCommandOptions, terminal: Terminal): Promise<number> {
  const patterns = options.flat?.flat() ?? []
  if (patterns.length === 0) {
    throw new OptionError({ subject: 'option "--flat"', expected: 'files, folders or patterns', received: 'none' })
  }
  const limits = options.limits === undefined ? null : await readLimits(options.limits)
  const files = await findFrames(patterns)
  const calibration = await loadCalibration(options.calibration)
  const report = await verify(files, calibration, options, terminal)
  const check = limits && checkLimits(report, limits)
  terminal.print(reportVerification(report, check ?? undefined))
  terminal.document({ ...report, limits: check })
  return check && !check.passed ? EXIT.limits : EXIT.done
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

async function readLimits(path: string): Promise<Limits> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (cause) {
    throw new IoError({ subject: path, expected: 'a limits file that can be read', received: (cause as Error).message, cause })
  }
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (cause) {
    throw new OptionError({ subject: path, expected: 'limits as JSON', received: (cause as Error).message, cause })
  }
  return parseLimits(json)
}
