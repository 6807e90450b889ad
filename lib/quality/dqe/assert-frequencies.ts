import { OptionError } from '../../errors.js'

/** @throws {OptionError} ERR_OPTION when frequencies are negative, not finite, or do not rise */
export function assertFrequencies(name: string, frequency: readonly number[]): void {
  const at = frequency.findIndex((u, i) => !(u >= 0 && u < Infinity && (i === 0 || u > frequency[i - 1])))
  if (at >= 0) {
    const received = `${frequency[at]} at index ${at}`
    throw new OptionError({ subject: `option "${name}"`, expected: 'rising frequencies of at least 0 per mm', received })
  }
}
