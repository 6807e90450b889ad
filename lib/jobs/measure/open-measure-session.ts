import { createCorrector } from '../../correction/create-corrector.js'
import type { Corrector } from '../../correction/corrector.js'
import { AbortedError, ModeError, OptionError } from '../../errors.js'
import type { FrameRole } from '../../frame/frame-info.js'
import type { RawFrame } from '../../frame/raw-frame.js'
import { toKernelPixels } from '../../frame/to-kernel-pixels.js'
import { countFrames } from '../../io/count-frames.js'
import { findFrames } from '../../io/find-frames.js'
import { loadCalibration } from '../../io/load-calibration.js'
import { readFrames } from '../../io/read-frames.js'
import type { ReadFramesOptions } from '../../io/read-frames.js'
import type { CalibrationSet } from '../../maps/calibration-set.js'
import { correctToMeasure } from '../correct-to-measure.js'
import { scanReading } from '../scan-reading.js'
import type { MeasuredFrame, MeasuredStack, MeasureSession } from './measure-session.js'
import type { MeasureScanOptions, ScanMetric } from './scan-metric.js'

/** What the frames of an option were taken for: of a scan that says so, only those are read. */
const ROLES: Readonly<Record<string, FrameRole>> = { '--dark': 'dark', '--flat': 'flat' }

/** How the pixels of the frames were stored. */
type Stored = 'whole numbers' | 'floating point'

/** What serves every stack of a measurement. */
interface Source {
  readonly options: MeasureScanOptions
  readonly metric: Pick<ScanMetric, 'name' | 'calibrationUse'>
  readonly calibration: CalibrationSet | null
  readonly corrector: Corrector<Float32Array> | null
  readonly stored: Set<Stored>
}

interface Stack {
  readonly files: readonly string[]
  readonly read: ReadFramesOptions
  readonly total: number
  readonly stage: string
}

/**
 * Open what a metric works with: the calibration, and the frames on request. A stack that is gone through opens its files.
 * @param used gathers the files that were looked at, in order
 */
export async function openMeasureSession(
  metric: Pick<ScanMetric, 'name' | 'calibrationUse'>,
  options: MeasureScanOptions,
  used: string[]
): Promise<MeasureSession> {
  const { frames: patterns = [], groups = {}, settings = {}, region, allowCorrected = false } = options
  const { corrects } = metric.calibrationUse
  const calibration = options.calibration === undefined ? null : await loadCalibration(options.calibration)
  const corrector = calibration && corrects ? createCorrector(calibration, { output: 'float32', allowCorrected }) : null
  const source: Source = { options, metric, calibration, corrector, stored: new Set() }
  const open = async (words: readonly string[], stage: string, role?: FrameRole): Promise<MeasuredStack> => {
    const files = await findFrames(words)
    used.push(...files)
    const read = { ...scanReading(options), role, hash: false }
    return openStack({ files, read, total: await countFrames(files, read), stage }, source)
  }
  return {
    options: settings,
    calibration,
    defects: calibration && calibration.defects,
    pixelPitch: options.pixelPitch ?? calibration?.pixelPitch ?? null,
    region,
    stack: async () => (patterns.length === 0 ? null : open(patterns, `measuring ${metric.name}`)),
    group: async (flag) => {
      const stacks: MeasuredStack[] = []
      for (const words of wordsOf(flag, groups)) stacks.push(await open(words, stageOf(flag), ROLES[flag]))
      return stacks
    },
    joined: async (flag) => {
      const words = wordsOf(flag, groups).flat()
      return words.length === 0 ? null : open(words, stageOf(flag), ROLES[flag])
    },
    warnings: () => warningsOf(source.stored, corrects, calibration !== null)
  }
}

function wordsOf(flag: string, groups: Readonly<Record<string, readonly (readonly string[])[]>>): readonly (readonly string[])[] {
  const words = groups[flag] ?? []
  if (words.every((group) => group.length > 0)) return words
  throw new OptionError({ subject: `option "${flag}"`, expected: 'files, folders or patterns', received: `${flag} with nothing behind it` })
}

function stageOf(flag: string): string {
  return `reading ${flag.slice(2)} frames`
}

/** Where a file does not say what was done to its frames, how they are stored is a hint. */
function warningsOf(stored: ReadonlySet<Stored>, corrects: boolean, calibrated: boolean): string[] {
  const whole = stored.has('whole numbers')
  const floating = stored.has('floating point')
  if (!corrects) return floating ? ['frames in floating point were measured as raw frames: corrected ones give other figures'] : []
  if (calibrated) return floating ? ['frames in floating point were corrected with the calibration: were they corrected before?'] : []
  return whole
    ? ['frames in whole numbers were taken as corrected: in raw ones the offset counts as signal, and gain and bad pixels as noise']
    : []
}

function openStack(stack: Stack, source: Source): MeasuredStack {
  return {
    total: stack.total,
    raw: { [Symbol.asyncIterator]: () => watchFrames(stack, source) },
    frames: { [Symbol.asyncIterator]: () => correctFrames(stack, source) }
  }
}

async function* watchFrames({ files, read, total, stage }: Stack, { options, metric, stored }: Source): AsyncGenerator<RawFrame> {
  const { signal, onEvent = () => {}, allowCorrected = false } = options
  const report = (done: number): void => onEvent({ type: 'progress', stage, done, total })
  let done = 0
  for await (const frame of readFrames(files, read)) {
    if (signal?.aborted) throw new AbortedError('measure', signal.reason)
    report(done++)
    if (!metric.calibrationUse.corrects && !allowCorrected) assertRaw(frame)
    stored.add(frame.data instanceof Float32Array || frame.data instanceof Float64Array ? 'floating point' : 'whole numbers')
    yield frame
  }
  report(total)
}

/** What is measured on raw frames gives other figures on corrected ones. */
function assertRaw({ info: { name = 'frame', corrections = [] } = {} }: RawFrame): void {
  if (corrections.length === 0) return
  throw new ModeError({ subject: name, expected: 'a frame as it was read out', received: `one corrected for ${corrections.join(', ')}` })
}

async function* correctFrames(stack: Stack, source: Source): AsyncGenerator<MeasuredFrame> {
  const { corrector, calibration } = source
  for await (const frame of watchFrames(stack, source)) {
    const { shape, info } = frame
    const name = info?.name ?? 'frame'
    if (corrector) {
      const out = { data: new Float32Array(shape[0] * shape[1]), shape }
      correctToMeasure(corrector, calibration!, frame, out)
      yield { ...out, name, saturated: corrector.last.saturated }
    } else {
      const pixels = toKernelPixels(name, frame.data)
      yield { data: pixels instanceof Float32Array ? pixels : Float32Array.from(pixels), shape, name, saturated: null }
    }
  }
}
