import { createCorrector } from '../correction/create-corrector.js'
import type { Corrector } from '../correction/corrector.js'
import { AbortedError, OptionError } from '../errors.js'
import type { FrameRole } from '../frame/frame-info.js'
import type { Region } from '../frame/region.js'
import { toKernelPixels } from '../frame/to-kernel-pixels.js'
import { countFrames } from '../io/count-frames.js'
import { findFrames } from '../io/find-frames.js'
import { loadCalibration } from '../io/load-calibration.js'
import { readFrames } from '../io/read-frames.js'
import type { ReadFramesOptions } from '../io/read-frames.js'
import type { MeasureCommand, MeasuredFrame, MeasuredStack, MeasureSession } from './measure-command.js'
import { readingOf } from './reading-of.js'
import type { ReadingOptions } from './reading-of.js'
import type { Terminal } from './terminal.js'

/** Options that every measuring command has, as the argument parser gives them. */
export interface MeasureOptions extends ReadingOptions {
  readonly calibration?: string
  /** Micrometres. */
  readonly pitch?: number
  readonly region?: Region
}

/** What was named on the command line. */
export interface NamedFrames {
  readonly patterns: readonly string[]
  readonly groups: Readonly<Record<string, string[][]>>
}

/** What the frames of an option were taken for: of a scan that says so, only those are read. */
const ROLES: Readonly<Record<string, FrameRole>> = { '--dark': 'dark', '--flat': 'flat' }

/** How the pixels of the frames were stored. */
type Stored = 'whole numbers' | 'floating point'

interface Reading {
  readonly files: readonly string[]
  readonly read: ReadFramesOptions
  readonly total: number
  readonly stage: string
  readonly corrector: Corrector<Float32Array> | null
  readonly stored: Set<Stored>
  readonly terminal: Terminal
}

/**
 * Open what a measuring command works with: the calibration, and the frames on request. A stack that is gone through opens its files.
 * @param used gathers the files that were looked at, in order
 */
export async function openMeasureSession(
  { name, calibrationUse }: MeasureCommand,
  options: MeasureOptions,
  { patterns, groups }: NamedFrames,
  terminal: Terminal,
  used: string[]
): Promise<MeasureSession> {
  const reading = readingOf(options)
  const calibration = options.calibration === undefined ? null : await loadCalibration(options.calibration)
  const corrector =
    calibration && calibrationUse.corrects
      ? createCorrector(calibration, { output: 'float32', allowCorrected: options.allowCorrected ?? false })
      : null
  const stored = new Set<Stored>()
  const open = async (words: readonly string[], stage: string, role?: FrameRole): Promise<MeasuredStack> => {
    const files = await findFrames(words)
    used.push(...files)
    const read = { ...reading, role }
    return openStack({ files, read, total: await countFrames(files, read), stage, corrector, stored, terminal })
  }
  const { pitch, region } = options
  return {
    options: options as Readonly<Record<string, unknown>>,
    calibration,
    defects: calibration && calibration.defects,
    pixelPitch: pitch === undefined ? (calibration?.pixelPitch ?? null) : [pitch / 1000, pitch / 1000],
    region,
    stack: async () => (patterns.length === 0 ? null : open(patterns, `measuring ${name}`)),
    group: async (flag) => {
      const stacks: MeasuredStack[] = []
      for (const words of wordsOf(flag, groups)) stacks.push(await open(words, stageOf(flag), ROLES[flag]))
      return stacks
    },
    joined: async (flag) => {
      const words = wordsOf(flag, groups).flat()
      return words.length === 0 ? null : open(words, stageOf(flag), ROLES[flag])
    },
    warnings: () => warningsOf(stored, calibrationUse.corrects, calibration !== null)
  }
}

function wordsOf(flag: string, groups: NamedFrames['groups']): readonly string[][] {
  const words = groups[flag] ?? []
  if (words.every((group) => group.length > 0)) return words
  throw new OptionError({ subject: `option "${flag}"`, expected: 'files, folders or patterns', received: `${flag} with nothing behind it` })
}

function stageOf(flag: string): string {
  return `reading ${flag.slice(2)} frames`
}

/** Nothing in a file says what was done to its frames; how they are stored is a hint. */
function warningsOf(stored: ReadonlySet<Stored>, corrects: boolean, calibrated: boolean): string[] {
  const whole = stored.has('whole numbers')
  const floating = stored.has('floating point')
  if (!corrects) return floating ? ['frames in floating point were measured as raw frames: corrected ones give other figures'] : []
  if (calibrated) return floating ? ['frames in floating point were corrected with the calibration: were they corrected before?'] : []
  return whole
    ? ['frames in whole numbers were taken as corrected: in raw ones the offset counts as signal, and gain and bad pixels as noise']
    : []
}

function openStack(reading: Reading): MeasuredStack {
  return {
    total: reading.total,
    raw: { [Symbol.asyncIterator]: () => watchFrames(reading) },
    frames: { [Symbol.asyncIterator]: () => correctFrames(reading) }
  }
}

async function* watchFrames({ files, read, total, stage, stored, terminal }: Reading) {
  const { progress, signal } = terminal
  let done = 0
  for await (const frame of readFrames(files, { ...read, hash: false })) {
    if (signal.aborted) throw new AbortedError('measure', signal.reason)
    progress.report(stage, done++, total)
    stored.add(frame.data instanceof Float32Array || frame.data instanceof Float64Array ? 'floating point' : 'whole numbers')
    yield frame
  }
  progress.report(stage, total, total)
}

async function* correctFrames(reading: Reading): AsyncGenerator<MeasuredFrame> {
  const { corrector } = reading
  for await (const frame of watchFrames(reading)) {
    const { shape, info } = frame
    const name = info?.name ?? 'frame'
    if (corrector) {
      const corrected = corrector.correct(frame, { out: { data: new Float32Array(shape[0] * shape[1]), shape } })
      yield { data: corrected.data, shape, name, saturated: corrector.last.saturated }
    } else {
      const pixels = toKernelPixels(name, frame.data)
      yield { data: pixels instanceof Float32Array ? pixels : Float32Array.from(pixels), shape, name, saturated: null }
    }
  }
}
