import { OptionError } from '../errors.js'

/** @throws {OptionError} ERR_OPTION when an option is no whole number in a range */
export function assertWholeNumber(option: string, value: unknown, least: number, most: number): void {
  if (Number.isInteger(value) && (value as number) >= least && (value as number) <= most) return
  throw new OptionError({ subject: `option "${option}"`, expected: `a whole number from ${least} to ${most}`, received: String(value) })
}
