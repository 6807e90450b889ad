import { OptionError } from '../errors.js'

/** What a number has to be. */
export interface NumberLimits {
  readonly least: number
  readonly most: number
  readonly integer?: boolean
  /** True: `least` itself is refused. */
  readonly above?: boolean
  /** True: `most` itself is refused. */
  readonly below?: boolean
}

/**
 * Assert that an argument is a finite number within limits.
 * @param subject what it is called in the message
 * @throws {OptionError} ERR_OPTION
 */
export function assertNumber(subject: string, value: unknown, limits: NumberLimits): void {
  const { least, most, integer = false, above = false, below = false } = limits
  const number = typeof value === 'number' ? value : NaN
  const fits = (above ? number > least : number >= least) && (below ? number < most : number <= most)
  if (fits && (!integer || Number.isInteger(number))) return
  throw new OptionError({
    subject,
    expected: `${integer ? 'an integer' : 'a number'} ${above ? 'above' : 'from'} ${least} ${below ? 'and below' : 'to'} ${most}`,
    received: typeof value === 'number' ? String(value) : typeof value
  })
}
