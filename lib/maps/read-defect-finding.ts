import type { DefectFinding, DefectRuleRecord, HalfCounts, SplitHalf } from './defect-finding.js'
import type { Provenance } from './calibration-set.js'

/**
 * How the defects of a calibration were found, as its provenance tells it. Files of other versions and programs may tell
 * less: what is not of the expected kind is left out.
 * @returns null where the provenance says nothing of it
 */
export function readDefectFinding({ defectFinding }: Provenance): DefectFinding | null {
  if (!isRecord(defectFinding) || typeof defectFinding.preset !== 'string') return null
  const { preset, title, source, overrides, numbers, budget, chipColumns, midline, rules, splitHalf } = defectFinding
  return {
    preset,
    title: textOf(title),
    source: textOf(source),
    overrides: entriesOf(overrides, (value): value is number | 'budget' | null => isFigure(value) || value === 'budget'),
    numbers: entriesOf(numbers, isFigure),
    budget: isBudget(budget) ? budget : null,
    chipColumns: isCount(chipColumns) || isCounts(chipColumns) ? chipColumns : null,
    midline: isCount(midline) ? midline : null,
    rules: Array.isArray(rules) ? rules.filter(isRule) : [],
    splitHalf: isSplitHalf(splitHalf) ? splitHalf : null
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

function isCount(value: unknown): value is number {
  return typeof value === 'number'
}

function isCounts(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every(isCount)
}

function isFigure(value: unknown): value is number | null {
  return value === null || typeof value === 'number'
}

function entriesOf<T>(value: unknown, isKind: (entry: unknown) => entry is T): Record<string, T> {
  if (!isRecord(value)) return {}
  return Object.fromEntries(Object.entries(value).filter((entry): entry is [string, T] => isKind(entry[1])))
}

function isBudget(value: unknown): value is NonNullable<DefectFinding['budget']> {
  return isRecord(value) && isCount(value.falsePixels) && isCount(value.probability) && isCount(value.tests)
}

function isRule(value: unknown): value is DefectRuleRecord {
  if (!isRecord(value) || typeof value.name !== 'string' || typeof value.unit !== 'string' || typeof value.source !== 'string') return false
  const optional = [value.smallestVisible, value.reliablyFound]
  return isFigure(value.threshold) && isCount(value.found) && optional.every((figure) => figure === undefined || isCount(figure))
}

function isHalfCounts(value: unknown): value is HalfCounts {
  return isRecord(value) && ['both', 'evenOnly', 'oddOnly', 'neither'].every((name) => isCount(value[name]))
}

function isSplitHalf(value: unknown): value is SplitHalf {
  return isRecord(value) && isHalfCounts(value.bad) && isRecord(value.classes) && Object.values(value.classes).every(isHalfCounts)
}
