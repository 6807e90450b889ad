import { OptionError, StackError } from '../../errors.js'
import { findPersistentPixels } from './find-persistent-pixels.js'
import { lagPoints } from './lag-points.js'
import { LAG_PRESETS } from './lag-presets.js'
import { residualOf } from './residual-of.js'
import { robustMoments } from '../robust-moments.js'
import { selectPixels } from '../select-pixels.js'
import { takeFrames } from '../take-frames.js'
import type { Region } from '../../frame/region.js'
import type { DefectMap, PixelMap } from '../../maps/maps.js'
import type { Unknowns } from '../figure.js'
import type { LagPoint } from './lag-points.js'
import type { LagLimits, LagPreset } from './lag-presets.js'
import type { MeasurableFrame } from '../measurable-frame.js'
import type { Residual } from './residual-of.js'
import type { PixelCounts, PixelSelection } from '../select-pixels.js'
import type { MeasurableSource } from '../take-frames.js'

export interface MeasureLagOptions {
  /** Time from one frame to the next, ms. @default unknown: no figures at 1 s and 60 s */
  readonly frameTimeMs?: number
  /** Whose rules judge single pixels. @default 'e2597' */
  readonly preset?: LagPreset
  /** A pixel persists when it is this factor away from its surroundings in the first frame. @default 2 */
  readonly factor?: number
  /** The surroundings must exceed this many sigma of a pixel to be compared with. @default 3 */
  readonly medianSigmas?: number
  /** And the pixel must be this many sigma away from them. @default 5 */
  readonly pixelSigmas?: number
  /** Noise of one pixel in one dark frame, DN. @default from the last two decay frames, or from the spread of the first */
  readonly noiseDn?: number
  /** @default the whole frame */
  readonly region?: Region
}

export interface Lag extends PixelCounts {
  readonly exposedFrames: number
  readonly decayFrames: number
  /** Mean of (exposed frame - offset), and its standard error from frame to frame (null from one frame). */
  readonly exposedDn: number | null
  readonly exposedUncertaintyDn: number | null
  /** Residual signal of the first and second frame after the exposure, percent of the irradiated level. */
  readonly firstFrameLagPercent: number | null
  readonly secondFrameLagPercent: number | null
  /** E2597 style: at 1 frame, 1 s, 60 s after the exposure; between two frames interpolated. */
  readonly globalLag1FramePercent: number | null
  readonly globalLag1SecondPercent: number | null
  readonly globalLag60SecondsPercent: number | null
  /** One point per decay frame. */
  readonly curve: readonly LagPoint[]
  /** First decay frame, each pixel in percent of its own irradiated signal; 0 for pixels that do not count. */
  readonly lagMapPercent: PixelMap | null
  /** Noise of one pixel of a decay frame. */
  readonly noiseDn: number | null
  /** Pixels a factor away from their 9 x 9 median in the first frame, and those whose surroundings are too dark to compare with. */
  readonly persistentPixels: number | null
  readonly untestedPixels: number | null
  /** Limits of the preset, and the pixels beyond one of them; null where the preset has none. */
  readonly limits: LagLimits | null
  readonly pixelsOverLimit: number | null
  readonly unknown: Unknowns
  readonly warnings: readonly string[]
}

interface Exposure {
  readonly means: readonly number[]
  /** Mean of (exposed - offset) of every pixel; NaN where it was not finite in a frame. */
  readonly signal: Float32Array
}

interface Decay {
  readonly residuals: readonly Residual[]
  readonly first: Float32Array
  readonly second: Float32Array | null
  /** Temporal noise of a pixel from the last two frames. */
  readonly pairNoise: number | null
}

/**
 * Measure lag: the residual signal after the exposure in percent of the irradiated level,
 * lag(t) = 100 (mean GV(t) - mean offset) / (mean GV exposed - mean offset), over the good pixels, for every decay frame; frame 1 is the
 * first without X-rays. Besides, the map of the first frame, each pixel against its own signal, and the pixels that lag beyond
 * the rules. The uncertainty (one sigma) joins the noise of the pixels, the fluctuation of the frame means (from second differences of
 * the last half of the decay, at least 8 frames) and that of the exposed level; a drift of the offset between its darks and
 * the decay is not in it. Frames are read once, so a long decay may come from a stream.
 * @param exposed frames of a constant exposure after the panel has settled (the standard: 5 min at about 80 % of the range), raw DN
 * @param decay frames that follow without X-rays and without a gap, raw DN, first one first (the standard: at least 70 s)
 * @param offset offset map, or the mean of darks of the same mode taken before the exposure, DN
 * @param defects bad pixels never count; null: no map
 * @returns percent and DN; null, with a reason in `unknown`, where the frames do not cover a figure or there is no signal
 * @throws {StackError} ERR_STACK without exposed or without decay frames
 * @throws {ShapeError} ERR_SHAPE when shapes differ
 * @throws {OptionError} ERR_OPTION when an option is out of range
 * @see ASTM E2597, image lag, as publicly described; J. Hsieh et al., recursive correction of the lag of a-Si panels, 2000
 */
export async function measureLag(
  exposed: MeasurableSource,
  decay: MeasurableSource,
  offset: MeasurableFrame,
  defects: DefectMap | null,
  options: MeasureLagOptions = {}
): Promise<Lag> {
  const { frameTimeMs, preset = 'e2597', factor = 2, medianSigmas = 3, pixelSigmas = 5, noiseDn, region } = options
  assertOptions(preset, { frameTimeMs, factor, medianSigmas, pixelSigmas, noiseDn })
  const selection = selectPixels('offset', offset, defects, region)
  const exposure = await readExposure(exposed, selection)
  const after = await readDecay(decay, selection)
  const level = mean(exposure.means)
  const exposedDn = Number.isFinite(level) ? level : null
  const error = exposure.means.length > 1 ? standardError(exposure.means) : null
  const points = lagPoints(after.residuals, exposedDn, error, frameTimeMs)
  const noise = noiseDn ?? after.pairNoise ?? spreadOf(after.first)
  const persistent =
    exposedDn !== null && exposedDn > 0 && noise !== null
      ? findPersistentPixels(after.first, selection.good, selection.shape, noise, { factor, medianSigmas, pixelSigmas })
      : null
  const limits = LAG_PRESETS[preset]
  const over = limits === null || points.reason !== null ? null : countOver(exposure.signal, after, selection, limits)
  return {
    ...selection.counts,
    exposedFrames: exposure.means.length,
    decayFrames: after.residuals.length,
    exposedDn,
    exposedUncertaintyDn: error,
    ...points.figures,
    curve: points.curve,
    lagMapPercent: points.reason === null ? lagMap(exposure.signal, after.first, selection) : null,
    noiseDn: noise,
    persistentPixels: persistent ? persistent.persistentPixels : null,
    untestedPixels: persistent ? persistent.untestedPixels : null,
    limits,
    pixelsOverLimit: over,
    unknown: { ...points.unknown, ...explain(points.reason, exposedDn, error, noise, over, limits) },
    warnings: warningsOf(limits, frameTimeMs)
  }
}

function assertOptions(preset: LagPreset, numbers: Record<string, number | undefined>): void {
  if (!Object.hasOwn(LAG_PRESETS, preset)) {
    throw new OptionError({ subject: 'option "preset"', expected: Object.keys(LAG_PRESETS).join(', '), received: String(preset) })
  }
  for (const [name, value] of Object.entries(numbers)) {
    if (value === undefined || (value > 0 && Number.isFinite(value))) continue
    throw new OptionError({ subject: `option "${name}"`, expected: 'a number above 0', received: String(value) })
  }
}

async function readExposure(exposed: MeasurableSource, { data: offset, good, shape }: PixelSelection): Promise<Exposure> {
  const sums = new Float64Array(good.length)
  const means: number[] = []
  for await (const { data } of takeFrames(exposed, 'exposed frames', shape)) {
    means.push(residualOf(data, offset, good).mean)
    for (let i = 0; i < sums.length; i++) sums[i] += data[i]
  }
  if (means.length === 0) throw new StackError({ subject: 'exposed frames', expected: 'at least one frame', received: 'none' })
  const signal = new Float32Array(sums.length)
  for (let i = 0; i < sums.length; i++) signal[i] = sums[i] / means.length - offset[i]
  return { means, signal }
}

async function readDecay(decay: MeasurableSource, { data: offset, good, shape }: PixelSelection): Promise<Decay> {
  const residuals: Residual[] = []
  const first = new Float32Array(good.length)
  const kept: [Float32Array, Float32Array] = [new Float32Array(good.length), new Float32Array(good.length)]
  let second: Float32Array | null = null
  for await (const { data } of takeFrames(decay, 'decay frames', shape)) {
    residuals.push(residualOf(data, offset, good))
    const at = kept[residuals.length % 2]
    for (let i = 0; i < at.length; i++) at[i] = good[i] === 1 ? finiteOrNaN(data[i] - offset[i]) : NaN
    if (residuals.length === 1) first.set(at)
    else if (residuals.length === 2) second = at.slice()
  }
  if (residuals.length === 0) throw new StackError({ subject: 'decay frames', expected: 'at least one frame', received: 'none' })
  return { residuals, first, second, pairNoise: residuals.length > 1 ? pairNoiseOf(kept) : null }
}

function finiteOrNaN(value: number): number {
  return value - value === 0 ? value : NaN
}

function pairNoiseOf([a, b]: readonly [Float32Array, Float32Array]): number | null {
  const difference = new Float32Array(a.length)
  for (let i = 0; i < a.length; i++) difference[i] = a[i] - b[i]
  const sd = spreadOf(difference)
  return sd === null ? null : sd / Math.SQRT2
}

function spreadOf(values: Float32Array): number | null {
  const known = new Float32Array(values.length)
  let count = 0
  for (let i = 0; i < values.length; i++) if (values[i] === values[i]) known[count++] = values[i]
  return robustMoments(known, count)?.sd ?? null
}

function lagMap(signal: Float32Array, first: Float32Array, { good, shape }: PixelSelection): PixelMap {
  const data = new Float32Array(signal.length)
  for (let i = 0; i < data.length; i++) {
    const lag = (100 * first[i]) / signal[i]
    if (good[i] === 1 && signal[i] > 0 && lag - lag === 0) data[i] = lag
  }
  return { data, shape }
}

function countOver(signal: Float32Array, { first, second }: Decay, { good }: PixelSelection, limits: LagLimits): number | null {
  if (second === null) return null
  let over = 0
  for (let i = 0; i < signal.length; i++) {
    if (good[i] === 0 || !(signal[i] > 0)) continue
    if (100 * first[i] > limits.firstFramePercent * signal[i] || 100 * second[i] > limits.secondFramePercent * signal[i]) over++
  }
  return over
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

function standardError(values: readonly number[]): number | null {
  const centre = mean(values)
  const squares = values.reduce((sum, value) => sum + (value - centre) ** 2, 0)
  const error = Math.sqrt(squares / (values.length - 1) / values.length)
  return Number.isFinite(error) ? error : null
}

function explain(
  reason: string | null,
  exposedDn: number | null,
  error: number | null,
  noise: number | null,
  over: number | null,
  limits: LagLimits | null
): Unknowns {
  const unknown: Record<string, string> = {}
  if (exposedDn === null) unknown.exposedDn = reason!
  if (error === null) unknown.exposedUncertaintyDn = 'one exposed frame, or no good pixel'
  if (noise === null) unknown.noiseDn = 'no good pixel'
  if (reason !== null) unknown.lagMapPercent = reason
  if (reason !== null || noise === null) unknown.persistentPixels = unknown.untestedPixels = reason ?? 'no good pixel'
  if (over === null)
    unknown.pixelsOverLimit = limits === null ? 'the preset states no limits' : (reason ?? 'there is no second decay frame')
  return unknown
}

function warningsOf(limits: LagLimits | null, frameTimeMs: number | undefined): string[] {
  if (limits === null) return []
  if (frameTimeMs === undefined) return [`the frame time is unknown; the limits hold for ${limits.conditions}`]
  return frameTimeMs === limits.frameTimeMs ? [] : [`frames of ${frameTimeMs} ms; the limits hold for ${limits.conditions}`]
}
