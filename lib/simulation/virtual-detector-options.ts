import type { PlannedDefect } from './defects/planned-defect.js'

/** What a virtual detector is like. */
export interface VirtualDetectorOptions {
  /** @default 256 */
  readonly rows?: number
  /** @default 256 */
  readonly cols?: number
  /** Integer from 0 to 2^53 - 1: another seed is another panel of the same make. @default 1 */
  readonly seed?: number
  /** Bits of the converter, 8 to 16: full scale is 2^bits - 1. @default 14 */
  readonly bits?: number
  /** DN per detected quantum: the slope of the photon transfer curve. @default 0.25 */
  readonly systemGain?: number
  /** Mean over the columns of the electronic noise of a pixel, sd in DN. @default 4 */
  readonly electronicNoise?: number
  /** Relative sd of the electronic noise from column to column. @default 0.05 */
  readonly columnNoiseSpread?: number
  /** Mean dark level in DN. @default 300 */
  readonly offsetLevel?: number
  /** Sd of the dark level from pixel to pixel, DN. @default 5 */
  readonly dsnu?: number
  /** Sd of the dark level from column amplifier to column amplifier, DN. @default 2 */
  readonly columnOffset?: number
  /** Sd of the dark level from read-out chip to read-out chip, DN. @default 8 */
  readonly chipOffset?: number
  /** Relative sd of the response from pixel to pixel. @default 0.01 */
  readonly prnu?: number
  /** Relative sd of the response from read-out chip to read-out chip. @default 0.01 */
  readonly chipGain?: number
  /** Width of a read-out chip in columns. @default 128 */
  readonly chip?: number
  /** Read out in two halves, above and below the middle row, with chips and amplifiers of their own. @default true */
  readonly midline?: boolean
  /** Relative fall of the response from the centre to the corners (as the square of the distance). @default 0.1 */
  readonly shading?: number
  /** Relative fall of the response from the first row to the last (heel effect, straight). @default 0.06 */
  readonly heel?: number
  /** Relative sd of the beam output from frame to frame; one factor for all pixels of a frame. @default 0.005 */
  readonly beamSpread?: number
  /** Drift of the dark level of the whole panel, DN per frame from the first of each stack on. @default 0 */
  readonly offsetDrift?: number
  /** Extra dark level of the first frame of each stack, DN; a quarter of it is left in each next frame. @default 0 */
  readonly firstFrameTransient?: number
  /**
   * Signal of the first frame after a long exposure relative to the exposed one; `1 / (k + 1)` of it is left in frame k.
   * Only `decay` shows it. @default 0.03
   */
  readonly lag?: number
  /** Sd of the level with which each row of a frame is read, DN; one figure, or those of the upper and the lower half. @default 0 */
  readonly rowNoise?: number | readonly [number, number]
  /** Columns that no X-rays reach, half-open ranges [from, to). @default none */
  readonly shielded?: readonly (readonly [number, number])[]
  /** `none`, the plan of `planStandardDefects`, or a list of your own. @default 'standard' */
  readonly defects?: 'none' | 'standard' | readonly PlannedDefect[]
  /** @default 'SIM-' and the seed */
  readonly serialNumber?: string
}

/** The same with every default filled in, and checked. */
export type VirtualDetectorSettings = Required<VirtualDetectorOptions>
