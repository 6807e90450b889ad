import { assertSameShape } from '../assert-same-shape.js'
import { momentsOf } from '../moments-of.js'
import { selectPixels } from '../select-pixels.js'
import type { Region } from '../../frame/region.js'
import type { DefectMap } from '../../maps/maps.js'
import type { Unknowns } from '../figure.js'
import type { MeasurableFrame } from '../measurable-frame.js'
import type { PixelCounts } from '../select-pixels.js'

export interface MeasureTemporalNoiseOptions {
  /** @default the whole frame */
  readonly region?: Region
}

export interface TemporalNoise extends PixelCounts {
  /** Temporal sd of one frame, fixed patterns removed. */
  readonly temporalNoiseDn: number | null
  readonly unknown: Unknowns
}

/**
 * Measure the temporal noise of a frame from a pair of the same scene: sd(second k - first) / sqrt(2) over the good
 * pixels, with k bringing the second to the mean of the first, so that a tube that varies adds nothing. What stands in both frames cancels.
 * @param first corrected flat, DN
 * @param second another frame of the same flat field, taken independently
 * @param defects bad pixels never count; null: no map
 * @returns DN; null, with a reason in `unknown`, from fewer than two good pixels or a mean that is not above 0
 * @throws {ShapeError} ERR_SHAPE when the shapes differ
 * @throws {OptionError} ERR_OPTION when the region is not inside the frame
 * @see EMVA 1288 release 4.0, temporal noise from two frames (2021)
 */
export function measureTemporalNoise(
  first: MeasurableFrame,
  second: MeasurableFrame,
  defects: DefectMap | null,
  { region }: MeasureTemporalNoiseOptions = {}
): TemporalNoise {
  const a = selectPixels('first frame', first, defects, region)
  const b = selectPixels('second frame', second, defects, region)
  assertSameShape('second frame', b.shape, a.shape)
  const meanA = momentsOf(a).mean
  const meanB = momentsOf(b).mean
  if (meanA === null || meanB === null) return nothing(a.counts, 'no good pixel')
  if (!(meanA > 0 && meanB > 0)) return nothing(a.counts, 'the mean of a frame is not above 0')
  const factor = meanA / meanB
  let n = 0
  let sum = 0
  let squares = 0
  for (let i = 0; i < a.data.length; i++) {
    if (a.good[i] === 0 || b.good[i] === 0) continue
    // About 0 by construction: one pass loses no digits.
    const difference = b.data[i] * factor - a.data[i]
    n++
    sum += difference
    squares += difference * difference
  }
  if (n < 2) return nothing(a.counts, 'fewer than two pixels are good in both frames')
  const variance = Math.max(0, squares - (sum * sum) / n) / (n - 1)
  const lost = a.counts.usedPixels - n
  const counts = { ...a.counts, usedPixels: n, nonFinitePixels: a.counts.nonFinitePixels + lost }
  return { ...counts, temporalNoiseDn: Math.sqrt(variance / 2), unknown: {} }
}

function nothing(counts: PixelCounts, reason: string): TemporalNoise {
  return { ...counts, temporalNoiseDn: null, unknown: { temporalNoiseDn: reason } }
}
