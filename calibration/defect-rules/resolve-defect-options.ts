import { OptionError } from '../../lib/errors.js'
import { assertShape } from '../../lib/frame/assert-shape.js'
import type { Shape } from '../../lib/frame/shape.js'
import type { DefectMap } from '../../lib/maps/maps.js'

/** How the panel is read out, where that is known. */
export interface ReadoutLayout {
  /** Columns per read-out chip: neighbours of a column are then looked for on its own chip only. */
  readonly chipColumns?: number
  /** The panel is read in two halves; true: the lower one begins at row rows / 2; a number: at that row. */
  readonly midline?: boolean | number
}

/** Options of `buildDefectMap`: thresholds of the rules and what the frames do not say. */
export interface DefectRuleOptions {
  /** Raw DN from which a pixel counts as saturated; null: unknown. @default null */
  saturation?: number | null
  /** Step of the raw values, DN; 0: averages or other fractional values. @default 1; 0 when the flat signal is below 100 DN */
  quantum?: number | null
  /** Flags to OR in before any rule; such pixels also get `user`. @default null */
  userFlags?: DefectMap | null
  /** @default {} */
  readout?: ReadoutLayout
  /** Dead: response below this part of the panel's median response. @default 0.05 */
  deadResponse?: number
  /** Hot: offset above its 21 x 21 median by more than this many robust sd of that residual. @default 6 */
  hotSigma?: number
  /** Hot: and by more than this part of the saturation value. @default 0.01 */
  hotFraction?: number
  /** Clipped: saturated in more than this part of the flats of the first level (flag `nonLinear`). @default 0.1 */
  clippedFraction?: number
  /** Over-responding: above this multiple of the 21 x 21 median. @default 1.3 */
  overResponse?: number
  /** Under-responding: below this multiple of the 21 x 21 median. @default 0.6 */
  underResponse?: number
  /**
   * `statistical`: chi-square limit on local scale, in darks and flats; `e2597`: 6 x the panel's median sd, in darks.
   * @default 'statistical'
   */
  noisyRule?: 'statistical' | 'e2597'
  /** Noisy, statistical: probability that a good pixel exceeds the limit in any of the stacks. @default 1e-6 */
  noisyProbability?: number
  /** Noisy, statistical: and at least this multiple of the expected sd. @default 1.5 */
  noisyFactor?: number
  /** Noisy, e2597: multiple of the panel's median sd. @default 6 */
  noisyE2597Factor?: number
  /**
   * Unstable: probability that a good pixel exceeds the limit in any of its frame-to-frame differences in any of the stacks.
   * @default 1e-6
   */
  unstableProbability?: number
  /** Non-uniform: relative deviation from the 9 x 9 median. @default 0.01 */
  nonUniformDeviation?: number
  /** Non-uniform: and more than this many sd of the averaged, corrected flat. @default 5.32 */
  nonUniformSigma?: number
  /** Line: deviation of a whole column's or row's mean in robust sd of the profile; one more for parts of it. @default 5 */
  lineSigma?: number
  /** Line: and relative deviation of the flat signal from the lines beside it. @default 0.02 */
  lineDeviation?: number
  /** Line: least number of pixels. @default 11 */
  lineLength?: number
  /** Line from bad pixels: largest part of the run with bad pixels beside it. @default 0.1 */
  lineAdjacent?: number
}

/** Every option with its value; the mid-line as a row. */
export interface ResolvedDefectOptions extends Required<Omit<DefectRuleOptions, 'readout'>> {
  readonly chipColumns: number | null
  readonly midline: number | null
}

const DEFAULTS = {
  saturation: null as number | null,
  quantum: null as number | null,
  userFlags: null as DefectMap | null,
  deadResponse: 0.05,
  hotSigma: 6,
  hotFraction: 0.01,
  clippedFraction: 0.1,
  overResponse: 1.3,
  underResponse: 0.6,
  noisyRule: 'statistical' as 'statistical' | 'e2597',
  noisyProbability: 1e-6,
  noisyFactor: 1.5,
  noisyE2597Factor: 6,
  unstableProbability: 1e-6,
  nonUniformDeviation: 0.01,
  nonUniformSigma: 5.32,
  lineSigma: 5,
  lineDeviation: 0.02,
  lineLength: 11,
  lineAdjacent: 0.1
}

/** Lowest and highest value of each number, both excluded. */
const RANGES: Record<string, readonly [number, number]> = {
  deadResponse: [0, 1],
  hotSigma: [0, Infinity],
  hotFraction: [0, 1],
  clippedFraction: [0, 1],
  overResponse: [1, Infinity],
  underResponse: [0, 1],
  noisyProbability: [0, 0.5],
  noisyFactor: [0, Infinity],
  noisyE2597Factor: [0, Infinity],
  unstableProbability: [0, 0.5],
  nonUniformDeviation: [0, Infinity],
  nonUniformSigma: [0, Infinity],
  lineSigma: [0, Infinity],
  lineDeviation: [0, Infinity],
  lineLength: [1, Infinity],
  lineAdjacent: [0, 1]
}

/**
 * Check the options and fill in the defaults.
 * @throws {OptionError} ERR_OPTION for an unknown name or a value outside its range
 * @throws {ShapeError} ERR_SHAPE for user flags of another shape
 */
export function resolveDefectOptions(options: DefectRuleOptions, shape: Shape): ResolvedDefectOptions {
  const { readout = {}, ...thresholds } = options
  for (const name of Object.keys(thresholds)) {
    if (!(name in DEFAULTS)) refuse(name, `one of ${[...Object.keys(DEFAULTS), 'readout'].join(', ')}`, 'a name that is not known')
  }
  const given = Object.fromEntries(Object.entries(thresholds).filter(([, value]) => value !== undefined))
  const resolved = { ...DEFAULTS, ...given }
  for (const [name, [low, high]] of Object.entries(RANGES)) {
    const value = resolved[name as keyof typeof resolved]
    if (typeof value !== 'number' || !(value > low && value < high)) {
      refuse(name, high === Infinity ? `a number above ${low}` : `a number between ${low} and ${high}`, value)
    }
  }
  const { saturation, quantum, noisyRule, userFlags } = resolved
  if (saturation !== null && !(typeof saturation === 'number' && saturation > 0)) refuse('saturation', 'DN above 0, or null', saturation)
  if (quantum !== null && !(typeof quantum === 'number' && quantum >= 0 && quantum < Infinity)) refuse('quantum', 'DN of at least 0, or null', quantum)
  if (noisyRule !== 'statistical' && noisyRule !== 'e2597') refuse('noisyRule', '"statistical" or "e2597"', noisyRule)
  if (userFlags !== null) assertShape('user flags', userFlags, shape)
  return { ...resolved, chipColumns: chipColumns(readout), midline: midline(readout, shape[0]) }
}

function chipColumns({ chipColumns = undefined }: ReadoutLayout): number | null {
  if (chipColumns === undefined) return null
  if (!Number.isSafeInteger(chipColumns) || chipColumns < 1) refuse('readout.chipColumns', 'a number of columns', chipColumns)
  return chipColumns
}

function midline({ midline = false }: ReadoutLayout, rows: number): number | null {
  if (midline === false) return null
  const row = midline === true ? rows / 2 : midline
  if (!Number.isSafeInteger(row) || row < 1 || row >= rows) refuse('readout.midline', `a row from 1 to ${rows - 1}, or true for an even number of rows`, midline)
  return row
}

function refuse(name: string, expected: string, received: unknown): never {
  throw new OptionError({ subject: `option "${name}"`, expected, received: String(received) })
}
