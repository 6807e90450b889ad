import { formatNumber, formatQuantity } from './format-number.js'
import type { LimitVerdict } from '../quality/limits/check-limits.js'

/** What a limit asks for, in words, and how far the figure went: `at least 0.9 and change at most 5 % (changed by 3 % from 1 DN)`. */
export function describeLimit(verdict: LimitVerdict): string {
  const { min, max, maxChange, maxChangePercent, unit } = verdict
  const parts = [
    min === null ? null : `at least ${formatNumber(min)}`,
    max === null ? null : `at most ${formatNumber(max)}`,
    maxChange === null ? null : `change at most ${formatQuantity(maxChange, unit)}`,
    maxChangePercent === null ? null : `change at most ${formatNumber(maxChangePercent)} % of the baseline`
  ]
  return parts.filter((part) => part !== null).join(' and ') + describeChange(verdict)
}

function describeChange({ change, changePercent, maxChangePercent, baseline, unit }: LimitVerdict): string {
  if (change === null) return ''
  const percent = maxChangePercent === null || changePercent === null ? '' : `, by ${formatNumber(changePercent)} % of it`
  return ` (changed by ${formatQuantity(change, unit)} from ${formatQuantity(baseline, unit)}${percent})`
}
