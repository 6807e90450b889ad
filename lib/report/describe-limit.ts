import { formatNumber } from './format-number.js'
import type { LimitVerdict } from '../quality/limits/check-limits.js'

/** What a limit asks for, in words: `at least 0.9 and at most 1.1 and change at most 5 %`. */
export function describeLimit({ min, max, maxChange, maxChangePercent }: LimitVerdict): string {
  return [
    min === null ? null : `at least ${formatNumber(min)}`,
    max === null ? null : `at most ${formatNumber(max)}`,
    maxChange === null ? null : `change at most ${formatNumber(maxChange)}`,
    maxChangePercent === null ? null : `change at most ${formatNumber(maxChangePercent)} %`
  ]
    .filter(part => part !== null)
    .join(' and ')
}
