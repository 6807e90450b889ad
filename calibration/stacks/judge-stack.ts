import { StackError } from '../../lib/errors.js'
import type { FrameMode } from '../../lib/frame/frame-info.js'
import type { PixelType } from '../../lib/frame/pixel-data.js'
import type { Shape } from '../../lib/frame/shape.js'
import type { FrameRecord } from '../../lib/maps/calibration-set.js'
import { assertOneGroup } from './assert-one-group.js'
import { chanceGap } from './chance-gap.js'
import { frameLabel } from './frame-label.js'
import { judgeStatements } from './judge-statements.js'
import type { FrameStatistics } from './measure-frame.js'
import { medianAndSpread } from './median-and-spread.js'
import type { FrameFacts, OpenStack } from './open-stack.js'

/** A frame, its figures and its verdict. */
export interface TriagedFrame extends FrameRecord {
  readonly statistics: FrameStatistics
}

/** What triage says of a stack. */
export interface TriageResult {
  readonly role: 'dark' | 'flat'
  readonly shape: Shape
  readonly pixelType: PixelType
  /** Every frame in the order of the source. */
  readonly frames: readonly TriagedFrame[]
  /** Indices of the frames to use. */
  readonly kept: readonly number[]
  /** Trend of the frame means from the first to the last kept frame, DN; null below 3 frames. */
  readonly drift: number | null
  /** Leading frames dropped as transient. */
  readonly transients: number
  /** What the frames themselves say of the mode; what none says is absent. */
  readonly mode: FrameMode
  /** Raw DN from which a pixel counted as saturated; null: unknown. */
  readonly saturation: number | null
  /** True when saturation was stated, false when it is only the largest value of the pixel type. */
  readonly saturationStated: boolean
  readonly warnings: readonly string[]
}

/** What may be judged differently. */
export interface JudgeOptions {
  /** @default false */
  readonly allowDuplicates?: boolean
  /**
   * Take frames that state that they were corrected already (offset, gain, defects ...); a warning names what was done to them.
   * @default false
   */
  readonly allowCorrected?: boolean
}

/** Share of not finite pixels above which a frame is dropped. */
const NOT_FINITE_LIMIT = 0.5
/** Robust sd of the frame means beyond which a dark is no dark. */
const DARK_LIMIT = 10
/** Smallest sd of frame means that is believed, in steps of the values. */
const MEANS_FLOOR = 0.5
/** From so many darks on more than a quarter of them never lies far below the rest by chance. */
const MANY_DARKS = 12
/** Share of saturation above which a dark cannot stand. */
const DARK_LEVEL_LIMIT = 0.5
/** Output of a flat relative to the median of its stack. */
const OUTPUT_LIMITS = [0.5, 2] as const
/** Share of nearly saturated pixels above which a flat is refused, and pixels that are always allowed. */
const SATURATED_LIMIT = 1e-4
const SATURATED_ALLOWED = 4
/** Share of flat pixels below the offset map above which the darks do not belong to the flats (as Siril warns). */
const BELOW_OFFSET_LIMIT = 0.2
/** First-frame transients: limit in robust sd, floor in steps of the values, frames at most, stack length at least. */
const TRANSIENT_LIMIT = 4
const TRANSIENT_FLOOR = 0.1
const TRANSIENT_MOST = 10
const TRANSIENT_SHORTEST = 8
/** Share of pixels at one largest value below full scale that looks like saturation. */
const PILE_UP_LIMIT = 1e-4

interface Case {
  readonly stack: OpenStack
  readonly reasons: (string | null)[]
  readonly warnings: string[]
}

/**
 * Judge every frame of an opened stack by its whole-frame figures.
 * @throws {StackError} ERR_STACK when no frame is left, when frames were corrected already, come from several panels, or
 *   when the darks do not belong to the flats
 * @throws {ModeError} ERR_MODE when the frames say different modes
 */
export function judgeStack(stack: OpenStack, { allowDuplicates = false, allowCorrected = false }: JudgeOptions = {}): TriageResult {
  const state: Case = { stack, reasons: stack.frames.map(() => null), warnings: [] }
  const { mode, warnings } = judgeStatements(stack, allowCorrected)
  state.warnings.push(...warnings)
  dropNotFinite(state)
  if (!allowDuplicates) dropDuplicates(state)
  if (stack.role === 'dark') dropBeamOn(state)
  else judgeFlats(state)
  const transients = dropTransients(state)
  warnConstant(state)
  const drift = driftOf(state)
  const kept = keptOf(state)
  return {
    role: stack.role,
    shape: stack.shape,
    pixelType: stack.pixelType,
    frames: stack.frames.map((frame) => recordOf(frame, state.reasons[frame.index])),
    kept,
    drift,
    transients,
    mode,
    saturation: stack.saturation.level,
    saturationStated: stack.saturation.stated,
    warnings: [...dropWarnings(state), ...state.warnings]
  }
}

function recordOf({ index, info, sha256, statistics }: FrameFacts, reason: string | null): TriagedFrame {
  return { index, name: info.name ?? null, sha256, verdict: reason === null ? 'kept' : 'dropped', reason, statistics }
}

/** Step of the values, DN; smaller ones count as 1. */
function stepOf({ stack }: Case): number {
  return Math.max(1, stack.quantum ?? 1)
}

function keptOf({ reasons }: Case): number[] {
  return reasons.flatMap((reason, index) => (reason === null ? [index] : []))
}

/** Frames that still stand; refuses the stack when there are none. */
function standing(state: Case): FrameFacts[] {
  const frames = keptOf(state).map((index) => state.stack.frames[index])
  if (frames.length > 0) return frames
  const { subject, frames: all } = state.stack
  throw new StackError({
    subject,
    expected: 'at least one usable frame',
    received: `none of ${all.length}: ${summary(state)}`,
    frames: all.map(({ index }) => index)
  })
}

function summary({ reasons }: Case): string {
  const groups = new Map<string, number[]>()
  reasons.forEach((reason, index) => {
    if (reason === null) return
    const kind = reason.split(':')[0]
    groups.set(kind, [...(groups.get(kind) ?? []), index])
  })
  return [...groups.values()].map((indices) => `frame ${indices.join(', ')}: ${reasons[indices[0]]}`).join('; ')
}

function dropWarnings({ stack, reasons }: Case): string[] {
  return reasons.flatMap((reason, index) =>
    reason === null ? [] : [`${stack.subject}: frame ${frameLabel(stack.frames[index])} left out, ${reason}`]
  )
}

function dropNotFinite(state: Case): void {
  let some = 0
  for (const { index, statistics } of state.stack.frames) {
    const share = statistics.notFinite / statistics.pixels
    if (share > NOT_FINITE_LIMIT) {
      state.reasons[index] = `not finite: ${percent(share)} of the pixels, limit ${percent(NOT_FINITE_LIMIT)}`
    } else if (share > 0) some++
  }
  if (some > 0)
    state.warnings.push(`${state.stack.subject}: ${some} frames hold values that are not finite; they are left out pixel by pixel`)
  standing(state)
}

function dropDuplicates(state: Case): void {
  const seen = new Map<string, FrameFacts>()
  for (const frame of standing(state)) {
    if (frame.sha256 === null) continue
    const first = seen.get(frame.sha256)
    if (first) state.reasons[frame.index] = `duplicate: the same pixels as frame ${frameLabel(first)}`
    else seen.set(frame.sha256, frame)
  }
}

function dropBeamOn(state: Case): void {
  const { level } = state.stack.saturation
  for (const { index, statistics } of standing(state)) {
    if (level !== null && statistics.mean > DARK_LEVEL_LIMIT * level) {
      state.reasons[index] =
        `beam on or saturated: frame mean ${figure(statistics.mean)} DN, limit ${figure(DARK_LEVEL_LIMIT * level)} DN (half of saturation)`
    }
  }
  dropNeverWritten(state)
  const frames = standing(state)
  assertOneGroup(state.stack.subject, frames, DARK_LIMIT * MEANS_FLOOR * stepOf(state))
  const means = frames.map(({ statistics }) => statistics.mean)
  const { median, spread } = medianAndSpread(means)
  // Two frames cannot outvote each other: the lower one is taken for dark, and the limit is wide.
  const centre = means.length === 2 ? Math.min(...means) : median
  const scale = Math.max(MEANS_FLOOR * stepOf(state), means.length < 4 ? 0.01 * Math.abs(centre) : 0, means.length === 2 ? 0 : spread)
  const limit = DARK_LIMIT * scale
  const low: FrameFacts[] = []
  const groupLimit = Math.max(limit, frames.length < MANY_DARKS ? chanceGap(frames) : 0)
  for (const frame of frames) {
    const apart = frame.statistics.mean - centre
    if (Math.abs(apart) <= limit) continue
    if (apart < -groupLimit) low.push(frame)
    state.reasons[frame.index] =
      `${apart > 0 ? 'beam on' : 'too dark'}: frame mean ${figure(frame.statistics.mean)} DN is ${figure(Math.abs(apart))} DN ` +
      `${apart > 0 ? 'above' : 'below'} that of the stack, limit ${figure(limit)} DN`
  }
  if (low.length * 4 > frames.length) {
    throw new StackError({
      subject: state.stack.subject,
      expected: 'frames of one dark level',
      received: `two groups, ${low.length} of ${frames.length} frames more than ${figure(groupLimit)} DN below the rest: beam on, or modes mixed`,
      frames: low.map(({ index }) => index)
    })
  }
}

/** A dark of one single value beside others that were read from a panel: there is noise in every frame that was. */
function dropNeverWritten(state: Case): void {
  const frames = standing(state)
  const isConstant = ({ statistics }: FrameFacts): boolean => statistics.minimum === statistics.maximum
  if (frames.every(isConstant)) return
  for (const frame of frames.filter(isConstant)) {
    state.reasons[frame.index] = `never written: every pixel is ${figure(frame.statistics.maximum)} DN, those of the other frames differ`
  }
}

function judgeFlats(state: Case): void {
  refuseSaturated(state)
  warnPileUp(state)
  const frames = standing(state)
  const centre = medianAndSpread(frames.map(outputOf)).median
  if (frames[0].statistics.belowOffset !== null) assertDarksBelong(state, frames, centre)
  for (const frame of frames) {
    const share = outputOf(frame) / centre
    if (share >= OUTPUT_LIMITS[0] && share <= OUTPUT_LIMITS[1]) continue
    state.reasons[frame.index] =
      `${share < 1 ? 'beam off or weak' : 'beam too strong'}: signal ${figure(outputOf(frame))} DN is ${percent(share)} of the median of the stack, ` +
      `limits ${percent(OUTPUT_LIMITS[0])} and ${percent(OUTPUT_LIMITS[1])}`
  }
  standing(state)
}

/** Signal above the offset where that is known, else the raw mean. */
function outputOf({ statistics }: FrameFacts): number {
  return statistics.signal ?? statistics.mean
}

function refuseSaturated(state: Case): void {
  const { level } = state.stack.saturation
  if (level === null) return
  for (const { index, statistics } of standing(state)) {
    const share = statistics.nearlySaturated / statistics.pixels
    if (share <= SATURATED_LIMIT || statistics.nearlySaturated <= SATURATED_ALLOWED) continue
    state.reasons[index] =
      `saturated: ${percent(share)} of the pixels above 95 % of saturation (${figure(0.95 * level)} DN), limit ${percent(SATURATED_LIMIT)}`
  }
}

function assertDarksBelong({ stack }: Case, frames: FrameFacts[], signal: number): void {
  const below = frames.reduce((sum, { statistics }) => sum + statistics.belowOffset!, 0) / frames.length
  if (below <= BELOW_OFFSET_LIMIT && signal > 0) return
  throw new StackError({
    subject: stack.subject,
    expected: `signal above the darks, at most ${percent(BELOW_OFFSET_LIMIT)} of the pixels below them`,
    received: `median signal ${figure(signal)} DN, ${percent(below)} of the pixels below: the beam was off, or these darks do not belong to these flats`,
    frames: frames.map(({ index }) => index)
  })
}

function warnPileUp(state: Case): void {
  const { saturation, frames, subject, role } = state.stack
  if (saturation.stated || role !== 'flat') return
  const top = Math.max(...frames.map(({ statistics }) => statistics.maximum))
  const constant = frames.some(({ statistics }) => statistics.minimum === top)
  const share = Math.max(...frames.map(({ statistics }) => (statistics.maximum === top ? statistics.atMaximum / statistics.pixels : 0)))
  const count = share * frames[0].statistics.pixels
  if (constant || top === saturation.level || share <= PILE_UP_LIMIT || count <= SATURATED_ALLOWED) return
  state.warnings.push(
    `${subject}: ${percent(share)} of the pixels of a frame have exactly the largest value ${figure(top)} DN: it looks like saturation; state it`
  )
}

/**
 * Leading frames before the plateau: median of the last half of the frame means, 4 robust sd. Below 16 frames in that half
 * the limit is widened, since the MAD of few values is often far too small.
 */
function dropTransients(state: Case): number {
  const frames = standing(state)
  if (frames.length < TRANSIENT_SHORTEST) return 0
  const last = frames.slice(frames.length >> 1).map(outputOf)
  const { median, spread } = medianAndSpread(last)
  const limit = TRANSIENT_LIMIT * Math.max(TRANSIENT_FLOOR * stepOf(state), spread) * Math.max(1, 16 / last.length)
  const most = Math.min(TRANSIENT_MOST, frames.length - last.length)
  let leading = 0
  while (leading <= most && leading < frames.length && Math.abs(outputOf(frames[leading]) - median) > limit) leading++
  if (leading > most) {
    state.warnings.push(
      `${state.stack.subject}: more than ${most} leading frames stand off the plateau of the last half; none was dropped for it`
    )
    return 0
  }
  for (const frame of frames.slice(0, leading)) {
    state.reasons[frame.index] =
      `first-frame transient: frame level ${figure(outputOf(frame))} DN, plateau ${figure(median)} DN, limit ${figure(limit)} DN apart`
  }
  return leading
}

function warnConstant(state: Case): void {
  const constant = standing(state).filter(({ statistics }) => statistics.minimum === statistics.maximum)
  if (constant.length === 0) return
  state.warnings.push(
    `${state.stack.subject}: ${constant.length} of the frames hold one single value (${figure(constant[0].statistics.maximum)} DN in frame ` +
      `${frameLabel(constant[0])}): not read from a panel`
  )
}

/** Slope of the frame levels by least squares, times the length; a warning when it stands out of their scatter. */
function driftOf(state: Case): number | null {
  const levels = standing(state).map(outputOf)
  const n = levels.length
  if (n < 3) return null
  const mean = levels.reduce((sum, level) => sum + level, 0) / n
  let along = 0
  for (let t = 0; t < n; t++) along += (t - (n - 1) / 2) * (levels[t] - mean)
  const slope = (along * 12) / (n * (n * n - 1))
  let squares = 0
  for (let t = 0; t < n; t++) squares += (levels[t] - mean - slope * (t - (n - 1) / 2)) ** 2
  const drift = slope * (n - 1)
  // Standard error of the slope by n - 2 degrees of freedom.
  const error = Math.sqrt((squares / (n - 2)) * (12 / (n * (n * n - 1)))) * (n - 1)
  const smallest = state.stack.role === 'dark' ? MEANS_FLOOR * stepOf(state) : 0.01 * mean
  if (Math.abs(drift) > smallest && Math.abs(drift) > 4 * error) {
    const share = state.stack.role === 'flat' ? ` (${percent(drift / mean)})` : ''
    state.warnings.push(
      `${state.stack.subject}: the level drifts by ${figure(drift)} DN${share} from the first to the last frame, limit ${figure(smallest)} DN`
    )
  }
  return drift
}

function figure(value: number): string {
  return String(Number(value.toPrecision(6)))
}

function percent(share: number): string {
  return `${Number((100 * share).toPrecision(3))} %`
}
