import type { Unknowns } from '../figure.js'
import type { Residual } from './residual-of.js'

/** Residual signal of one frame after the exposure. */
export interface LagPoint {
  /** From 1: the first frame without X-rays. */
  readonly frame: number
  /** frame x frame time; null: unknown. */
  readonly timeMs: number | null
  /** Mean of (frame - offset) over the good pixels. */
  readonly residualDn: number | null
  readonly lagPercent: number | null
  /** One sigma; see `measureLag`. */
  readonly uncertaintyPercent: number | null
}

/** Lag at the frames and times that have names. */
export interface LagFigures {
  readonly firstFrameLagPercent: number | null
  readonly secondFrameLagPercent: number | null
  readonly globalLag1FramePercent: number | null
  readonly globalLag1SecondPercent: number | null
  readonly globalLag60SecondsPercent: number | null
}

/** The decay curve and what can be read off it. */
export interface LagCurve {
  readonly curve: LagPoint[]
  readonly figures: LagFigures
  readonly unknown: Unknowns
  /** Why nothing can be said at all; null: something can. */
  readonly reason: string | null
}

/**
 * Turn residual means into lag: 100 residual / level, with its uncertainty
 * 100 sqrt(u_residual^2 + (lag u_level)^2) / level; u_residual is the larger of the noise of the pixels over sqrt(n) and
 * the fluctuation of the frame means.
 * @param level mean irradiated signal, DN; null: not known
 * @param levelError its standard error; null: not known and taken as 0
 */
export function lagPoints(
  residuals: readonly Residual[],
  level: number | null,
  levelError: number | null,
  frameTimeMs: number | undefined
): LagCurve {
  const reason = level === null ? 'no pixel is good in every exposed frame' : level > 0 ? null : 'the exposed level is not above the offset'
  const flicker = fluctuationOf(residuals.map(({ mean }) => mean))
  const curve = residuals.map(({ count, mean, sd }, at): LagPoint => {
    const known = count > 0
    const lag = known && reason === null ? mean / level! : null
    const noise = Math.max(flicker, Number.isFinite(sd) ? sd / Math.sqrt(count) : 0)
    return {
      frame: at + 1,
      timeMs: frameTimeMs === undefined ? null : (at + 1) * frameTimeMs,
      residualDn: known ? mean : null,
      lagPercent: lag === null ? null : 100 * lag,
      uncertaintyPercent: lag === null ? null : (100 * Math.hypot(noise, lag * (levelError ?? 0))) / level!
    }
  })
  return { curve, reason, ...readOff(curve, reason, frameTimeMs) }
}

// Second differences of a slow decay are noise: their variance is 6 times that of a frame mean.
function fluctuationOf(means: readonly number[]): number {
  const tail = means.slice(means.length >> 1).filter(Number.isFinite)
  if (means.length < 8 || tail.length < 4) return 0
  let squares = 0
  for (let i = 1; i < tail.length - 1; i++) squares += (tail[i + 1] - 2 * tail[i] + tail[i - 1]) ** 2
  return Math.sqrt(squares / (tail.length - 2) / 6)
}

function readOff(curve: readonly LagPoint[], reason: string | null, frameTimeMs: number | undefined) {
  const unknown: Record<string, string> = {}
  const note = (name: keyof LagFigures, { value, why }: { value: number | null; why: string }): number | null => {
    if (value === null) unknown[name] = reason ?? why
    return value
  }
  const figures: LagFigures = {
    firstFrameLagPercent: note('firstFrameLagPercent', atFrame(curve, 1)),
    secondFrameLagPercent: note('secondFrameLagPercent', atFrame(curve, 2)),
    globalLag1FramePercent: note('globalLag1FramePercent', atFrame(curve, 1)),
    globalLag1SecondPercent: note('globalLag1SecondPercent', atTime(curve, 1000, frameTimeMs)),
    globalLag60SecondsPercent: note('globalLag60SecondsPercent', atTime(curve, 60_000, frameTimeMs))
  }
  return { figures, unknown }
}

function atFrame(curve: readonly LagPoint[], frame: number): { value: number | null; why: string } {
  const why =
    frame > curve.length
      ? `there ${curve.length === 1 ? 'is one decay frame' : `are ${curve.length} decay frames`}`
      : 'the frame has no good pixel'
  return { value: curve[frame - 1]?.lagPercent ?? null, why }
}

function atTime(curve: readonly LagPoint[], timeMs: number, frameTimeMs: number | undefined): { value: number | null; why: string } {
  if (frameTimeMs === undefined) return { value: null, why: 'the frame time is unknown' }
  // A frame time such as 1000 / 15 ms must not miss its own multiple by rounding.
  const exact = timeMs / frameTimeMs
  const frame = Math.abs(exact - Math.round(exact)) < 1e-9 * exact ? Math.round(exact) : exact
  if (frame < 1) return { value: null, why: `the first frame ends at ${frameTimeMs} ms` }
  if (frame > curve.length) return { value: null, why: `the decay frames end at ${curve.length * frameTimeMs} ms` }
  const before = Math.floor(frame)
  const part = frame - before
  const low = curve[before - 1].lagPercent
  const high = part > 0 ? curve[before].lagPercent : low
  if (low === null || high === null) return { value: null, why: 'the frame has no good pixel' }
  return { value: low + part * (high - low), why: '' }
}
