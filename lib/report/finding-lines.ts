import { defectClassNames } from './defect-class-names.js'
import { formatNumber } from './format-number.js'
import { formatTable } from './format-table.js'
import type { DefectFinding, HalfCounts, SplitHalf } from '../maps/defect-finding.js'

/**
 * How the defects were found: preset, what was changed, the rules with limit, count and what these frames can show, the
 * agreement of the halves. No line where the provenance says nothing.
 */
export function findingLines(finding: DefectFinding | null): string[] {
  if (finding === null) return []
  return [
    '',
    `defects found by preset ${finding.preset}${finding.title === '' ? '' : ` (${finding.title})`}`,
    ...changedLines(finding),
    ...budgetLines(finding),
    ...ruleLines(finding),
    ...(finding.splitHalf === null ? [] : halfLines(finding.splitHalf))
  ]
}

function changedLines({ overrides, chipColumns, midline }: DefectFinding): string[] {
  const changed = Object.entries(overrides).map(([name, value]) => `${name} ${wordOf(value)}`)
  const layout = [
    ...(chipColumns === null ? [] : [`read-out chips of ${[chipColumns].flat().join(', ')} columns`]),
    ...(midline === null ? [] : [`lower half from row ${midline}`])
  ]
  return [
    ...(changed.length === 0 ? [] : [`  changed: ${changed.join(', ')}`]),
    ...(layout.length === 0 ? [] : [`  panel layout: ${layout.join(', ')}`])
  ]
}

function wordOf(value: number | 'budget' | null): string {
  if (value === null) return 'not in use'
  return value === 'budget' ? 'from the budget' : formatNumber(value)
}

function budgetLines({ budget }: DefectFinding): string[] {
  if (budget === null) return []
  const { falsePixels, tests, probability } = budget
  return [
    `  budget: ${formatNumber(falsePixels)} false pixels per panel over ${tests} tests of each pixel, ${formatNumber(probability, 3)} each`
  ]
}

function ruleLines({ rules }: DefectFinding): string[] {
  const rows = rules.map(({ name, threshold, unit, found, smallestVisible, reliablyFound }) => [
    name,
    String(found),
    threshold === null ? 'not applied' : formatNumber(threshold),
    smallestVisible === undefined ? '' : formatNumber(smallestVisible),
    reliablyFound === undefined ? '' : formatNumber(reliablyFound),
    unit
  ])
  if (rows.length === 0) return []
  const heading = ['rule', 'pixels', 'limit', 'half seen from', '99.5 % from', '']
  return [formatTable([heading, ...rows], { align: ['left', 'right', 'right', 'right', 'right', 'left'] })]
}

function halfLines({ bad, classes }: SplitHalf): string[] {
  const row = (name: string, { both, evenOnly, oddOnly, neither }: HalfCounts): string[] => [
    name,
    ...[both, evenOnly, oddOnly, neither].map(String)
  ]
  const names: Readonly<Record<string, string>> = defectClassNames
  const rows = Object.entries(classes).map(([name, counts]) => row(names[name] ?? name, counts))
  return [
    '',
    'repeatability: found from even and from odd frames alone',
    formatTable([['', 'both', 'even only', 'odd only', 'all frames only'], row('bad pixels', bad), ...rows], {
      align: ['left', 'right', 'right', 'right', 'right']
    })
  ]
}
