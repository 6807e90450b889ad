import type { Shape } from '../../frame/shape.js'
import type { Figure } from '../figure.js'
import type { NewDefect } from './find-new-defects.js'

/** What is known of one corrected flat beside its pixels; pass what the corrector and the reader said. */
export interface FlatFacts {
  readonly name?: string | null
  /** SHA-256 (hex) of the RAW frame, as in the provenance of a calibration; absent or null: not checked. */
  readonly sha256?: string | null
  /** `last.saturated` of the corrector: raw pixels at or above saturation. */
  readonly saturatedPixels?: number | null
  /** `last.unrepaired` of the corrector: bad pixels beyond trustworthy repair. */
  readonly unrepairedPixels?: number | null
  /** `last.nonFinite` of the corrector: raw values that were not finite. */
  readonly nonFinitePixels?: number | null
}

export interface FlatVerification {
  /** From 0, in the order added. */
  readonly index: number
  readonly name: string | null
  readonly sha256: string | null
  readonly figures: readonly Figure[]
  /** The worst new defects of this flat. */
  readonly newDefects: readonly NewDefect[]
}

/** The result of a verification; plain JSON. */
export interface VerificationReport {
  readonly schema: 'flatpanel.verify/1'
  readonly calibration: {
    readonly serialNumber: string | null
    readonly created: string | null
    readonly shape: Shape
    readonly darkFrames: number
    readonly flatFrames: number
    readonly badPixels: number
  }
  readonly flats: readonly FlatVerification[]
  readonly overall: { readonly frames: number; readonly figures: readonly Figure[]; readonly newDefects: readonly NewDefect[] }
  /** One sentence each. */
  readonly warnings: readonly string[]
}
