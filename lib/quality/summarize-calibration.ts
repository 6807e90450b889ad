import { assertShape } from '../frame/assert-shape.js'
import { badPixels } from '../maps/bad-pixels.js'
import { countDefects } from './count-defects.js'
import { mapQuantiles } from './map-quantiles.js'
import type { Shape } from '../frame/shape.js'
import type { CalibrationSet, StackRecord } from '../maps/calibration-set.js'
import type { PixelMap } from '../maps/maps.js'
import type { DefectCounts } from './count-defects.js'
import type { MapQuantiles } from './map-quantiles.js'

/** One stack that made the calibration. */
export interface StackSummaryFigures {
  readonly role: 'dark' | 'flat'
  readonly level: number
  readonly frames: number
  readonly kept: number
  readonly combine: string
  readonly passes: number
  readonly dropped: readonly { readonly index: number; readonly name: string | null; readonly reason: string | null }[]
}

/** What a calibration is, in numbers; plain JSON. Quantiles run over the good pixels; null: no such map, or no good pixel. */
export interface CalibrationSummary {
  readonly shape: Shape
  readonly goodPixels: number
  readonly serialNumber: string | null
  readonly localName: string | null
  readonly created: string | null
  readonly referenceDn: number
  readonly saturationDn: number | null
  readonly pixelPitchMillimetres: readonly [number, number] | null
  readonly darkFrames: number
  readonly flatFrames: number
  readonly stacks: readonly StackSummaryFigures[]
  readonly offsetDn: MapQuantiles | null
  readonly noiseDn: MapQuantiles | null
  readonly gain: MapQuantiles | null
  readonly flatSignalDn: MapQuantiles | null
  readonly flatNoiseDn: MapQuantiles | null
  readonly offsetErrorsDn: MapQuantiles | null
  readonly gainErrors: MapQuantiles | null
  readonly defects: DefectCounts
  readonly warnings: readonly string[]
}

/**
 * Summarize a calibration: median and 0.1 and 99.9 percentiles of every map over the good pixels, defects by class, stacks.
 * @throws {ShapeError} ERR_SHAPE when a map has another shape than the calibration
 */
export function summarizeCalibration(calibration: CalibrationSet): CalibrationSummary {
  const { shape, defects, provenance } = calibration
  assertShape('defect map', defects, shape)
  const bad = badPixels(defects)
  const quantiles = (subject: string, map: PixelMap | null) => {
    if (map === null) return null
    assertShape(subject, map, shape)
    return mapQuantiles(map.data, bad)
  }
  const counts = countDefects(defects)
  return {
    shape,
    goodPixels: counts.pixels - counts.badPixels,
    serialNumber: calibration.serialNumber,
    localName: calibration.localName,
    created: provenance.created,
    referenceDn: calibration.gain.reference,
    saturationDn: calibration.saturation,
    pixelPitchMillimetres: calibration.pixelPitch,
    darkFrames: calibration.darkFrames,
    flatFrames: calibration.flatFrames,
    stacks: provenance.stacks.map(summarizeStack),
    offsetDn: quantiles('offset map', calibration.offset),
    noiseDn: quantiles('noise map', calibration.noise),
    gain: quantiles('gain map', calibration.gain),
    flatSignalDn: quantiles('flat signal map', calibration.flatSignal),
    flatNoiseDn: quantiles('flat noise map', calibration.flatNoise),
    offsetErrorsDn: quantiles('offset error map', calibration.offsetErrors),
    gainErrors: quantiles('gain error map', calibration.gainErrors),
    defects: counts,
    warnings: provenance.warnings
  }
}

function summarizeStack({ role, level, frames, kept, combine, passes }: StackRecord): StackSummaryFigures {
  const dropped = frames.filter((frame) => frame.verdict === 'dropped').map(({ index, name, reason }) => ({ index, name, reason }))
  return { role, level, frames: frames.length, kept, combine, passes, dropped }
}
