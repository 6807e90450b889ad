import { defectClassNames } from './defect-class-names.js'
import { formatNumber } from './format-number.js'
import type { DefectFinding, HalfCounts, SplitHalf } from '../maps/defect-finding.js'
import type { Block, FigureRow } from './blocks/block.js'

/**
 * How the defects were found: preset, what was changed, the rules with limit, count and what these frames can show, the
 * agreement of the halves. No block where the provenance says nothing.
 */
export function findingBlocks(finding: DefectFinding | null): Block[] {
  if (finding === null) return []
  return [
    { kind: 'note', text: `defects found by preset ${finding.preset}${finding.title === '' ? '' : ` (${finding.title})`}` },
    { kind: 'figures', rows: [...changedRows(finding), ...budgetRows(finding)] },
    ruleTable(finding),
    ...(finding.splitHalf === null ? [] : [halfTable(finding.splitHalf)])
  ]
}

function changedRows({ overrides, chipColumns, midline }: DefectFinding): FigureRow[] {
  const changed = Object.entries(overrides).map(([name, value]) => `${name} ${wordOf(value)}`)
  const layout = [
    ...(chipColumns === null ? [] : [`read-out chips of ${[chipColumns].flat().join(', ')} columns`]),
    ...(midline === null ? [] : [`lower half from row ${midline}`])
  ]
  return [
    ...(changed.length === 0 ? [] : [{ name: 'changed', value: changed.join(', ') }]),
    ...(layout.length === 0 ? [] : [{ name: 'panel layout', value: layout.join(', ') }])
  ]
}

function wordOf(value: number | 'budget' | null): string {
  if (value === null) return 'not in use'
  return value === 'budget' ? 'from the budget' : formatNumber(value)
}

function budgetRows({ budget }: DefectFinding): FigureRow[] {
  if (budget === null) return []
  const { falsePixels, tests, probability } = budget
  const value = `${formatNumber(falsePixels)} false pixels per panel over ${tests} tests of each pixel, ${formatNumber(probability, 3)} each`
  return [{ name: 'budget', value }]
}

function ruleTable({ rules }: DefectFinding): Block {
  const rows = rules.map(({ name, threshold, unit, found, smallestVisible, reliablyFound }) => [
    name,
    String(found),
    threshold === null ? 'not applied' : formatNumber(threshold),
    smallestVisible === undefined ? '' : formatNumber(smallestVisible),
    reliablyFound === undefined ? '' : formatNumber(reliablyFound),
    unit
  ])
  return {
    kind: 'table',
    title: 'rules (what several find counts in each)',
    columns: ['rule', 'pixels', 'limit', 'half seen from', '99.5 % from', ''],
    rows,
    align: ['left', 'right', 'right', 'right', 'right', 'left'],
    brief: 0
  }
}

function halfTable({ bad, classes }: SplitHalf): Block {
  const row = (name: string, { both, evenOnly, oddOnly, neither }: HalfCounts): string[] => [
    name,
    ...[both, evenOnly, oddOnly, neither].map(String)
  ]
  const names: Readonly<Record<string, string>> = defectClassNames
  const rows = Object.entries(classes).map(([name, counts]) => row(names[name] ?? name, counts))
  return {
    kind: 'table',
    title: 'repeatability: found from even and from odd frames alone',
    columns: ['', 'both', 'even only', 'odd only', 'all frames only'],
    rows: [row('bad pixels', bad), ...rows],
    align: ['left', 'right', 'right', 'right', 'right']
  }
}
