import { OptionError } from '../../lib/errors.js'
import { assertShape } from '../../lib/frame/assert-shape.js'
import type { Shape } from '../../lib/frame/shape.js'
import type { DefectFinding } from '../../lib/maps/defect-finding.js'
import type { DefectMap } from '../../lib/maps/maps.js'
import type { DefectNumbers } from '../defect-presets/defect-numbers.js'
import type { DefectPreset, DefectPresetName, GivenNumber } from '../defect-presets/defect-preset.js'
import { DEFECT_PRESETS } from '../defect-presets/defect-presets.js'
import { NUMBER_RULES } from '../defect-presets/number-rules.js'
import { shareBudget } from './share-budget.js'
import type { TestableStacks } from './share-budget.js'

/** How the panel is read out, where that is known. */
export interface ReadoutLayout {
  /**
   * Columns per read-out chip, or the columns of every chip from the left: neighbours of a column are then looked for on its own
   * chip only.
   */
  readonly chipColumns?: number | readonly number[]
  /** The panel is read in two halves; true: the lower one begins at row rows / 2; a number: at that row. */
  readonly midline?: boolean | number
}

/** Single numbers of the rules, over those of the preset. */
export type DefectNumberOverrides = { readonly [K in keyof DefectNumbers]?: GivenNumber<DefectNumbers[K]> }

/** Options of `buildDefectMap`: a preset, single numbers over it, and what the frames do not say. */
export interface DefectRuleOptions extends DefectNumberOverrides {
  /** Whose rules judge. @default 'general' */
  readonly preset?: DefectPresetName
  /** Raw DN from which a pixel counts as saturated; null: unknown. @default null */
  readonly saturation?: number | null
  /**
   * Step of the raw values, DN; 0: fractional values.
   * @default as the darks show; where they do not: 1, or 0 when the flat signal is below 100 DN
   */
  readonly quantum?: number | null
  /** Flags to OR in before any rule; such pixels also get `user`. @default null */
  readonly userFlags?: DefectMap | null
  /** @default {} */
  readonly readout?: ReadoutLayout
  /**
   * Short for the numbers of one noise rule. `statistical`: chi-square limit on local scale, in darks and flats; `e2597`: 6 x the
   * panel's median sd, in darks. @default as the preset says
   */
  readonly noisyRule?: 'statistical' | 'e2597'
}

/** What the rules work with: every number with its value; the mid-line as a row. */
export interface ResolvedDefectOptions extends DefectNumbers {
  readonly saturation: number | null
  readonly quantum: number | null
  readonly userFlags: DefectMap | null
  readonly chipColumns: number | readonly number[] | null
  readonly midline: number | null
}

/** The options as resolved, and what a record of them needs. */
export interface ResolvedDefectRules {
  readonly options: ResolvedDefectOptions
  readonly used: Omit<DefectFinding, 'rules' | 'splitHalf'>
}

const NOISY_RULES = {
  statistical: { noisyE2597Factor: null, noisyExposedFactor: null },
  e2597: { noisyProbability: null, noisyFactor: null }
}
const NAMES = Object.keys(NUMBER_RULES) as (keyof DefectNumbers)[]

/**
 * Take the numbers of the preset, put single ones in their place, and turn a budget of false pixels into limits.
 * @throws {OptionError} ERR_OPTION for an unknown name or preset, a value outside its range, `budget` without false pixels
 * @throws {ShapeError} ERR_SHAPE for user flags of another shape
 */
export function resolveDefectOptions(given: DefectRuleOptions, shape: Shape, stacks: TestableStacks): ResolvedDefectRules {
  const { preset: name = 'general', saturation = null, quantum = null, userFlags = null, readout = {}, noisyRule, ...rest } = given
  if (!Object.hasOwn(DEFECT_PRESETS, name)) refuse('preset', `one of ${Object.keys(DEFECT_PRESETS).join(', ')}`, name)
  const preset = DEFECT_PRESETS[name]
  const overrides = overridesOf(rest, preset, noisyRule)
  const numbers = { ...preset.numbers, ...overrides }
  for (const key of NAMES) assertNumber(key, numbers[key])
  if (numbers.falsePixels === null && NAMES.some((key) => numbers[key] === 'budget')) {
    refuse('falsePixels', 'a number above 0 where another number is "budget"', null)
  }
  const { responseWindow } = numbers
  if (responseWindow !== null && !(Number(responseWindow) % 2 === 1)) refuse('responseWindow', 'an odd number of pixels', responseWindow)
  if (saturation !== null && !(typeof saturation === 'number' && saturation > 0)) refuse('saturation', 'DN above 0, or null', saturation)
  if (quantum !== null && !(typeof quantum === 'number' && quantum >= 0 && quantum < Infinity))
    refuse('quantum', 'DN of at least 0, or null', quantum)
  if (userFlags !== null) assertShape('user flags', userFlags, shape)
  const { numbers: inUse, probability, tests } = shareBudget(numbers, stacks)
  const layout = { chipColumns: chipColumns(readout, shape[1]), midline: midline(readout, shape[0]) }
  const { title, source } = preset
  const budget = probability === null ? null : { falsePixels: inUse.falsePixels!, probability, tests }
  return {
    options: { ...inUse, saturation, quantum, userFlags, ...layout },
    used: { preset: name, title, source, overrides: { ...overrides }, numbers: { ...inUse }, budget, ...layout }
  }
}

function overridesOf(rest: object, preset: DefectPreset, noisyRule: DefectRuleOptions['noisyRule']): DefectNumberOverrides {
  for (const name of Object.keys(rest)) {
    if (Object.hasOwn(NUMBER_RULES, name)) continue
    const others = ['preset', 'noisyRule', 'readout']
    refuse(name, `one of ${['saturation', 'quantum', 'userFlags', ...NAMES, ...others].join(', ')}`, 'a name that is not known')
  }
  if (noisyRule !== undefined && !Object.hasOwn(NOISY_RULES, noisyRule)) refuse('noisyRule', '"statistical" or "e2597"', noisyRule)
  const given = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined))
  if (noisyRule === undefined) return given
  // The other rule of the standard has no number in the preset: that of the preset which has it serves.
  const { noisyProbability, noisyFactor } = preset.numbers.noisyProbability === null ? DEFECT_PRESETS.general.numbers : preset.numbers
  const { noisyE2597Factor } = preset.numbers.noisyE2597Factor === null ? DEFECT_PRESETS.e2597.numbers : preset.numbers
  const chosen = noisyRule === 'statistical' ? { noisyProbability, noisyFactor } : { noisyE2597Factor }
  return { ...chosen, ...given, ...NOISY_RULES[noisyRule] }
}

function assertNumber(name: keyof DefectNumbers, value: unknown): void {
  const { low, high, nullable, budget } = NUMBER_RULES[name]
  if ((nullable && value === null) || (budget && value === 'budget')) return
  if (typeof value === 'number' && value > low && value < high) return
  const range = high === Infinity ? `a number above ${low}` : `a number between ${low} and ${high}`
  refuse(name, range, value)
}

function chipColumns({ chipColumns = undefined }: ReadoutLayout, cols: number): number | readonly number[] | null {
  if (chipColumns === undefined) return null
  const isWidth = (width: unknown): boolean => Number.isSafeInteger(width) && (width as number) >= 1
  if (Array.isArray(chipColumns)) {
    const widths = chipColumns as readonly number[]
    if (widths.every(isWidth) && widths.reduce((sum, width) => sum + width, 0) === cols) return [...widths]
    return refuse('readout.chipColumns', `whole numbers of columns that sum to ${cols}`, `[${widths.join(', ')}]`)
  }
  if (!isWidth(chipColumns)) refuse('readout.chipColumns', 'a number of columns, or one for every chip', chipColumns)
  return chipColumns
}

function midline({ midline = false }: ReadoutLayout, rows: number): number | null {
  if (midline === false) return null
  const row = midline === true ? rows / 2 : midline
  if (!Number.isSafeInteger(row) || row < 1 || row >= rows)
    refuse('readout.midline', `a row from 1 to ${rows - 1}, or true for an even number of rows`, midline)
  return row
}

function refuse(name: string, expected: string, received: unknown): never {
  throw new OptionError({ subject: `option "${name}"`, expected, received: String(received) })
}
