import t from 'tap'
import type { Provenance } from '../../../lib/maps/calibration-set.js'
import type { DefectFinding } from '../../../lib/maps/defect-finding.js'
import { readDefectFinding } from '../../../lib/maps/read-defect-finding.js'
import { renderText } from '../../../lib/report/blocks/render-text.js'
import { findingBlocks } from '../../../lib/report/finding-blocks.js'

const finding: DefectFinding = {
  preset: 'statistical',
  title: 'limits from a budget',
  source: 'derived',
  overrides: { falsePixels: 2, hotSigma: 'budget', lineSigma: null },
  numbers: { falsePixels: 2, hotSigma: 5.2, lineSigma: null },
  budget: { falsePixels: 2, probability: 2.5e-8, tests: 8 },
  chipColumns: 128,
  midline: 512,
  rules: [
    { name: 'hot', threshold: 28.07, unit: 'DN', source: 'practice', found: 3, smallestVisible: 28.07, reliablyFound: 30 },
    { name: 'noisy (darks)', threshold: null, unit: 'x', source: 'chi-square', found: 0 }
  ],
  splitHalf: { bad: { both: 4, evenOnly: 1, oddOnly: 0, neither: 2 }, classes: { hot: { both: 3, evenOnly: 0, oddOnly: 0, neither: 0 } } }
}
const provenanceOf = (value: unknown): Provenance => ({ defectFinding: value }) as unknown as Provenance

t.test('the report says preset, changes, budget, layout, rules and repeatability', (t) => {
  t.equal(
    renderText(findingBlocks(finding), { verbose: true }),
    `defects found by preset statistical (limits from a budget)

  changed       falsePixels 2, hotSigma from the budget, lineSigma not in use
  panel layout  read-out chips of 128 columns, lower half from row 512
  budget        2 false pixels per panel over 8 tests of each pixel, 2.50e-8
                each

rules (what several find counts in each)
  rule           pixels        limit  half seen from  99.5 % from
  hot                 3        28.07           28.07           30  DN
  noisy (darks)       0  not applied                               x

repeatability: found from even and from odd frames alone
              both  even only  odd only  all frames only
  bad pixels     4          1         0                2
  hot            3          0         0                0`
  )
  const plain = { ...finding, title: '', overrides: {}, budget: null, chipColumns: null, midline: null, rules: [], splitHalf: null }
  t.strictSame(renderText(findingBlocks(plain)), 'defects found by preset statistical')
  t.strictSame(findingBlocks(null), [])
  const strange = { ...plain, splitHalf: { bad: finding.splitHalf!.bad, classes: { ofLaterVersion: finding.splitHalf!.bad } } }
  t.match(renderText(findingBlocks(strange)), /ofLaterVersion +4 +1/)
  t.end()
})

t.test('the record is read back from JSON; what is not of its kind is left out', (t) => {
  t.strictSame(readDefectFinding(provenanceOf(JSON.parse(JSON.stringify(finding)))), finding)
  for (const nothing of [undefined, null, 'x', [], {}, { preset: 3 }]) t.equal(readDefectFinding(provenanceOf(nothing)), null)
  const bare = {
    preset: 'e2597',
    title: '',
    source: '',
    overrides: {},
    numbers: {},
    budget: null,
    chipColumns: null,
    midline: null,
    rules: [],
    splitHalf: null
  }
  t.strictSame(readDefectFinding(provenanceOf({ preset: 'e2597' })), bare)
  const [rule] = finding.rules
  const damaged = {
    preset: 'e2597',
    title: 7,
    source: null,
    overrides: { a: 'many' },
    numbers: { b: [] },
    budget: { falsePixels: 1, probability: 'x', tests: 1 },
    chipColumns: '128',
    midline: {},
    rules: [
      rule,
      null,
      3,
      { ...rule, name: 1 },
      { ...rule, unit: 1 },
      { ...rule, source: 1 },
      { ...rule, found: 'x' },
      { ...rule, threshold: 'x' },
      { ...rule, smallestVisible: 'x' }
    ],
    splitHalf: { bad: { both: 1 }, classes: {} }
  }
  t.strictSame(readDefectFinding(provenanceOf(damaged)), { ...bare, rules: [rule] })
  t.equal(
    readDefectFinding(provenanceOf({ ...damaged, rules: 'x', splitHalf: { ...finding.splitHalf, classes: { hot: 3 } } }))!.splitHalf,
    null
  )
  t.end()
})
