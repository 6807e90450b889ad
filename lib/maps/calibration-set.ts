import type { FrameMode } from '../frame/frame-info.js'
import type { Shape } from '../frame/shape.js'
import type { Corrections } from './corrections/corrections.js'
import type { DefectLayers } from './layers/defect-layers.js'
import type { DefectMap, GainMap, OffsetMap, PixelMap } from './maps.js'

/** One input frame and what triage said of it. */
export interface FrameRecord {
  /** Index in its stack, from 0. */
  readonly index: number
  readonly name: string | null
  /** SHA-256 (hex) of the pixels, or null: not checked. */
  readonly sha256: string | null
  readonly verdict: 'kept' | 'dropped'
  /** Why it was dropped, with figure and limit; null when kept. */
  readonly reason: string | null
}

/** One stack that went into a calibration: the darks (level 0), or the flats of one level. */
export interface StackRecord {
  readonly role: 'dark' | 'flat'
  /** 0 for the darks; 1, 2, ... for the flat levels in the order given. The first level makes the gain map. */
  readonly level: number
  readonly frames: readonly FrameRecord[]
  readonly kept: number
  /** How the frames were combined: `mean`, `median`, `sigma-clipped mean (kappa 4, 2 passes)`. */
  readonly combine: string
  /** Passes over the source: 1 when the stack was held in memory. */
  readonly passes: number
}

/** Where a calibration comes from. Plain JSON. */
export interface Provenance {
  readonly schema: 'flatpanel.calibration/2'
  readonly program: string
  readonly version: string
  /** When it was built, ISO 8601; null when the caller gave no clock. */
  readonly created: string | null
  readonly mode: FrameMode
  readonly kilovolts: number | null
  readonly filter: string | null
  readonly temperature: number | null
  readonly stacks: readonly StackRecord[]
  /** Every option as used, defaults included. */
  readonly options: Readonly<Record<string, unknown>>
  /** What the user should know: one sentence each. */
  readonly warnings: readonly string[]
  /** Number of pixels per defect class. */
  readonly defectCounts: Readonly<Record<string, number>>
  readonly [extension: string]: unknown
}

/**
 * Everything that is needed to correct frames of one panel in one mode. Plain, structured-cloneable data; every map
 * has the same shape [rows, cols]. Maps that the frames could not give (the noise of a single dark) are null.
 */
export interface CalibrationSet {
  readonly shape: Shape
  /** DN. */
  readonly offset: OffsetMap
  /** One sigma of the offset map, DN. */
  readonly offsetErrors: PixelMap | null
  /** Single-frame standard deviation in the dark, DN. */
  readonly noise: PixelMap | null
  readonly gain: GainMap
  /** One sigma of the gain map (same unit as the gain: none). */
  readonly gainErrors: PixelMap | null
  /** Offset-corrected mean of the flats of the first level, DN. */
  readonly flatSignal: PixelMap
  /** Single-frame standard deviation of the flats of the first level, DN. */
  readonly flatNoise: PixelMap | null
  readonly defects: DefectMap
  /** Where the defects come from and who edited them; absent: `defects` is what the calibration found. */
  readonly layers?: DefectLayers
  /** What is corrected beside offset, gain and defects; absent: nothing. */
  readonly corrections?: Corrections
  /** Raw DN from which a pixel counts as saturated; null: unknown. */
  readonly saturation: number | null
  /** Pixel pitch in mm, [row direction, column direction]; null: unknown. */
  readonly pixelPitch: readonly [number, number] | null
  readonly serialNumber: string | null
  readonly localName: string | null
  /** Frames kept. */
  readonly darkFrames: number
  readonly flatFrames: number
  readonly provenance: Provenance
}
