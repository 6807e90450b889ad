import { InvalidArgumentError } from 'commander'
import { NUMBER_RULES } from '../../calibration/defect-presets/number-rules.js'

/** Single numbers of the defect rules, as the command line gives them. */
export type DefectRuleArguments = Readonly<Record<string, number | 'budget' | null>>

/**
 * `hotSigma=8`: one number of the defect rules over that of the preset; `none` turns a criterion off, `budget` lets it follow
 * from `falsePixels`. Occurrences add up. Ranges are checked where the numbers are used.
 */
export function parseDefectRule(text: string, previous: DefectRuleArguments = {}): DefectRuleArguments {
  const at = text.indexOf('=')
  const key = text.slice(0, at).trim()
  const value = text.slice(at + 1).trim()
  if (at < 1 || !Object.hasOwn(NUMBER_RULES, key)) {
    throw new InvalidArgumentError(`--defect-rule takes key=value with a key of ${Object.keys(NUMBER_RULES).join(', ')}.`)
  }
  if (value === 'none') return { ...previous, [key]: null }
  if (value === 'budget') return { ...previous, [key]: 'budget' }
  const number = value === '' ? NaN : Number(value)
  if (!Number.isFinite(number)) throw new InvalidArgumentError(`--defect-rule ${key} takes a number, none, or budget.`)
  return { ...previous, [key]: number }
}
