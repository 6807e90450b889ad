import { fitSurface, surfaceRow } from '../fit-surface.js'
import { momentsOf } from '../moments-of.js'
import { selectPixels } from '../select-pixels.js'
import type { Region } from '../../frame/region.js'
import type { DefectMap } from '../../maps/maps.js'
import type { Unknowns } from '../figure.js'
import type { Surface } from '../fit-surface.js'
import type { MeasurableFrame } from '../measurable-frame.js'
import type { PixelCounts, PixelSelection } from '../select-pixels.js'

export interface MeasureNoiseOptions {
  /** @default the whole frame */
  readonly region?: Region
}

export interface Noise extends PixelCounts {
  readonly meanDn: number | null
  /** Spatial sd as it is, shading included; ddof 1. */
  readonly noiseDn: number | null
  /** Spatial sd about a second-order surface: what is left without heel and slow shading. */
  readonly detrendedNoiseDn: number | null
  /** Sd that the surface itself contributes, in percent of the mean. */
  readonly shadingPercent: number | null
  readonly unknown: Unknowns
}

/**
 * Measure the noise of a frame over its good pixels: the plain spatial sd, and the sd about a second-order surface fitted to
 * the good pixels, which leaves heel and slow shading out. sqrt(noise^2 - detrended^2) is what the shading adds: a ramp of +-a
 * adds a / sqrt(3), a fall-off 1 - e r^2 / 2 on [-1, 1]^2 adds e sqrt(2 / 45).
 * @param frame corrected flat, DN
 * @param defects bad pixels never count; null: no map
 * @returns DN and percent; null, with a reason in `unknown`, where too few pixels are good
 * @throws {ShapeError} ERR_SHAPE when frame and defect map differ in shape
 * @throws {OptionError} ERR_OPTION when the region is not inside the frame
 * @see IEC 62220-1-1:2015, removal of trends by a second-order polynomial
 */
export function measureNoise(frame: MeasurableFrame, defects: DefectMap | null, { region }: MeasureNoiseOptions = {}): Noise {
  const selection = selectPixels('frame', frame, defects, region)
  const { mean, sd } = momentsOf(selection)
  const surface = fitSurface(selection)
  const freedom = selection.counts.usedPixels - 6
  const detrended = surface && freedom > 0 ? Math.sqrt(squaresAbout(selection, surface) / freedom) : null
  // The surface takes six degrees of freedom along, so white noise alone may leave a hair less than nothing.
  const shading = detrended !== null && sd !== null ? Math.sqrt(Math.max(0, sd * sd - detrended * detrended)) : null
  const shadingPercent = shading !== null && mean !== null && mean > 0 ? (100 * shading) / mean : null
  return {
    ...selection.counts,
    meanDn: mean,
    noiseDn: sd,
    detrendedNoiseDn: detrended,
    shadingPercent,
    unknown: {
      ...(mean === null ? { meanDn: 'no good pixel' } : {}),
      ...(sd === null ? { noiseDn: 'fewer than two good pixels' } : {}),
      ...(detrended === null ? { detrendedNoiseDn: 'too few good pixels for a second-order surface' } : {}),
      ...(shadingPercent === null
        ? { shadingPercent: detrended === null ? 'too few good pixels for a second-order surface' : 'the mean is not above 0' }
        : {})
    }
  }
}

function squaresAbout({ data, good, shape, region }: PixelSelection, surface: Surface): number {
  const level = new Float64Array(region.cols)
  let squares = 0
  for (let r = 0; r < region.rows; r++) {
    surfaceRow(surface, r, region.rows, level)
    for (let c = 0, i = (region.row + r) * shape[1] + region.col; c < region.cols; c++, i++) {
      if (good[i] === 0) continue
      const residual = data[i] - level[c]
      squares += residual * residual
    }
  }
  return squares
}
