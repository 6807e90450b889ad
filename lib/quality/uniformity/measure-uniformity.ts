import { momentsOf } from '../moments-of.js'
import { selectPixels } from '../select-pixels.js'
import type { Region } from '../../frame/region.js'
import type { DefectMap } from '../../maps/maps.js'
import type { Unknowns } from '../figure.js'
import type { MeasurableFrame } from '../measurable-frame.js'
import type { PixelCounts } from '../select-pixels.js'

export interface MeasureUniformityOptions {
  /** @default the whole frame */
  readonly region?: Region
}

export interface Uniformity extends PixelCounts {
  readonly meanDn: number | null
  /** Spatial standard deviation, ddof 1. */
  readonly sdDn: number | null
  readonly minimumDn: number | null
  readonly maximumDn: number | null
  /** Coefficient of variation, 100 sd / mean. */
  readonly cvPercent: number | null
  readonly unknown: Unknowns
}

/**
 * Measure mean, spread and coefficient of variation of the good pixels of a frame: cv = sd / mean (sd with ddof 1).
 * A smooth ramp of +-a (relative) alone gives cv = a / sqrt(3); use `measureNoise` to leave shading out.
 * @param frame corrected flat (or any frame), DN
 * @param defects bad pixels never count, repaired or not; null: no map, every pixel counts
 * @returns plain numbers; null, with a reason in `unknown`, without a good pixel, from one pixel (sd), or at a mean <= 0 (cv)
 * @throws {ShapeError} ERR_SHAPE when frame and defect map differ in shape
 * @throws {OptionError} ERR_OPTION when the region is not inside the frame
 */
export function measureUniformity(
  frame: MeasurableFrame,
  defects: DefectMap | null,
  { region }: MeasureUniformityOptions = {}
): Uniformity {
  const selection = selectPixels('frame', frame, defects, region)
  const { mean, sd, minimum, maximum } = momentsOf(selection)
  const cv = mean !== null && sd !== null && mean > 0 ? sd / mean : null
  return {
    ...selection.counts,
    meanDn: mean,
    sdDn: sd,
    minimumDn: minimum,
    maximumDn: maximum,
    cvPercent: cv === null ? null : 100 * cv,
    unknown: explain(mean, sd, cv)
  }
}

function explain(mean: number | null, sd: number | null, cv: number | null): Unknowns {
  if (mean === null) {
    const reason = 'no good pixel'
    return { meanDn: reason, sdDn: reason, minimumDn: reason, maximumDn: reason, cvPercent: reason }
  }
  if (sd === null) return { sdDn: 'one good pixel has no spread', cvPercent: 'one good pixel has no spread' }
  return cv === null ? { cvPercent: 'the mean is not above 0' } : {}
}
