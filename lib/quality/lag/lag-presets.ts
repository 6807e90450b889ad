/** Rules by which a pixel counts as lagging. */
export type LagPreset = 'e2597' | 'xrd1621' | 'xrd1621-csi'

/** Limits of a vendor: residual signal of a pixel in percent of its own irradiated signal. */
export interface LagLimits {
  readonly firstFramePercent: number
  readonly secondFramePercent: number
  /** How the frames have to be taken for the limits to mean anything. */
  readonly conditions: string
  readonly frameTimeMs: number
}

const conditions = 'irradiated at about 30 000 DN, frames of 2 s'

/**
 * What each preset judges. `e2597`: only the factor of 2 about the 9 x 9 median, as the standard is publicly described.
 * `xrd1621`, `xrd1621-csi`: besides, the vendor's limits for the first and second dark frame; its text gives 8 and 4 %, 10 and 5 %
 * with a CsI scintillator (its own pseudo-code takes 10 and 5 % for all).
 * @see PerkinElmer XRD 1621 specification of underperforming pixels
 */
export const LAG_PRESETS: Readonly<Record<LagPreset, LagLimits | null>> = Object.freeze({
  e2597: null,
  xrd1621: { firstFramePercent: 8, secondFramePercent: 4, conditions, frameTimeMs: 2000 },
  'xrd1621-csi': { firstFramePercent: 10, secondFramePercent: 5, conditions, frameTimeMs: 2000 }
})
