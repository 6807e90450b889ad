import { assertSameShape } from '../assert-same-shape.js'
import { selectPixels } from '../select-pixels.js'
import type { Region } from '../../frame/region.js'
import type { DefectMap } from '../../maps/maps.js'
import type { Unknowns } from '../figure.js'
import type { MeasurableFrame } from '../measurable-frame.js'
import type { PixelCounts } from '../select-pixels.js'

export interface MeasurePairOptions {
  /** @default the whole frame */
  readonly region?: Region
}

/** Mean and temporal variance from two frames of one condition. */
export interface PairMoments extends PixelCounts {
  /** Mean of both frames. */
  readonly meanDn: number | null
  /** Temporal variance of one frame, the difference of the frame means taken off. */
  readonly varianceDn2: number | null
  /** The same without that correction: a lamp or an offset that moved between the frames counts as noise. */
  readonly uncorrectedVarianceDn2: number | null
  readonly unknown: Unknowns
}

/**
 * Measure mean and temporal variance from two frames A, B of the same condition: 0.5 mean((A - B)^2) - 0.5 (mean A - mean B)^2
 * over the good pixels. Fixed patterns cancel. The standard error of the variance is variance * sqrt(2 / pixels).
 * @param first raw frame, DN
 * @param second another frame of the same condition, DN
 * @param defects bad pixels never count; null: no map
 * @returns DN and DN^2; null with a reason in `unknown` without a pixel that is good in both
 * @throws {ShapeError} ERR_SHAPE when the shapes differ
 * @throws {OptionError} ERR_OPTION when the region is not inside the frame
 * @see EMVA 1288 release 4.0 Linear, 6 (2021): temporal variance from two images
 */
export function measurePair(
  first: MeasurableFrame,
  second: MeasurableFrame,
  defects: DefectMap | null,
  { region }: MeasurePairOptions = {}
): PairMoments {
  const a = selectPixels('first frame', first, defects, region)
  const b = selectPixels('second frame', second, defects, region)
  assertSameShape('second frame', b.shape, a.shape)
  let n = 0
  let level = 0
  let sum = 0
  let squares = 0
  for (let i = 0; i < a.data.length; i++) {
    if (a.good[i] === 0 || b.good[i] === 0) continue
    // Numbers, not elements of an unsigned array: 10 - 11 is -1.
    const difference = a.data[i] - b.data[i]
    n++
    level += a.data[i] + b.data[i]
    sum += difference
    squares += difference * difference
  }
  const counts = { ...a.counts, usedPixels: n, nonFinitePixels: a.counts.usedPixels + a.counts.nonFinitePixels - n }
  if (n === 0) {
    const reason = 'no pixel is good in both frames'
    const unknown = { meanDn: reason, varianceDn2: reason, uncorrectedVarianceDn2: reason }
    return { ...counts, meanDn: null, varianceDn2: null, uncorrectedVarianceDn2: null, unknown }
  }
  const uncorrected = squares / (2 * n)
  const shift = sum / n
  return {
    ...counts,
    meanDn: level / (2 * n),
    varianceDn2: Math.max(0, uncorrected - 0.5 * shift * shift),
    uncorrectedVarianceDn2: uncorrected,
    unknown: {}
  }
}
