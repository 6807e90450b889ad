import t from 'tap'
import { groupRepairs } from '../../../../lib/correction/engines/group-repairs.js'
import { DEFECT_FLAGS } from '../../../../lib/maps/defect-flags.js'
import { planDefects } from '../../../../lib/maps/plan-defects.js'
import type { RepairGroups } from '../../../../lib/correction/engines/group-repairs.js'
import type { DefectPlan } from '../../../../lib/maps/defect-plan.js'

const ROWS = 60
const COLS = 70
const STRIPS = 7

/** Single pixels, a line, blocks of 3 x 3, a corner, and pixels at random, so that some targets are alone in their group. */
function drawnPlan(): DefectPlan {
  const data = new Uint32Array(ROWS * COLS)
  const mark = (row: number, col: number): void => {
    data[row * COLS + col] = DEFECT_FLAGS.dead
  }
  for (let k = 0; k < 5; k++) mark(4 + 9 * k, 5 + 7 * k)
  for (let row = 0; row < ROWS; row++) mark(row, 60)
  for (const [row, col] of [
    [10, 40],
    [50, 8],
    [51, 30]
  ])
    for (let k = 0; k < 9; k++) mark(row + Math.floor(k / 3), col + (k % 3))
  mark(0, 0)
  for (let k = 0, state = 7; k < 60; k++) {
    state = (state * 1103515245 + 12345) % 2 ** 31
    mark(20 + (state % 20), Math.floor(state / 4096) % 50)
  }
  return planDefects({ data, shape: [ROWS, COLS] })
}

interface ReadGroup {
  readonly targets: number[]
  readonly places: number[]
  readonly weights: number[]
  readonly total: number
}

/** Groups of a strip, read as the kernels do. */
function readStrip({ bytes, before }: RepairGroups, strip: number): ReadGroup[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const groups: ReadGroup[] = []
  let at = before[strip]
  while (at < before[strip + 1]) {
    const first = at + 16 + view.getUint32(at, true)
    const end = first + view.getUint32(at + 4, true)
    const group: ReadGroup = { targets: [], places: [], weights: [], total: view.getFloat64(at + 8, true) }
    for (let j = at + 16; j < first; j += 12) {
      group.weights.push(view.getFloat64(j, true))
      group.places.push(view.getInt32(j + 8, true))
    }
    for (let k = first; k < end; k += 4) group.targets.push(view.getUint32(k, true))
    groups.push(group)
    at = end
  }
  if (at !== before[strip + 1]) throw new Error(`strip ${strip} ends at ${at} instead of ${before[strip + 1]}`)
  return groups
}

t.test('every target stands once in its strip, with its sources and weights in their order', async (t) => {
  const plan = drawnPlan()
  const stripOf = (k: number): number => (plan.targets[k] * 13) % STRIPS
  const groups = groupRepairs(plan, STRIPS, stripOf)
  t.equal(groups.before.length, STRIPS + 1)
  t.equal(groups.before[STRIPS], groups.bytes.length)
  const found = new Map<number, string>()
  for (let strip = 0; strip < STRIPS; strip++) {
    for (const { targets, places, weights, total } of readStrip(groups, strip)) {
      t.equal(targets.length % 2, 0, 'targets come in pairs')
      const single = targets.at(-1) === targets.at(-2) ? targets.slice(0, -1) : targets
      for (const target of single) {
        t.notOk(found.has(target), 'once')
        found.set(target, JSON.stringify([strip, places.map((place) => place + target), weights, total]))
      }
    }
  }
  const expected = Array.from(plan.targets, (target, k) => {
    const sources = Array.from(plan.sources.subarray(plan.starts[k], plan.starts[k + 1]))
    const weights = Array.from(plan.weights.subarray(plan.starts[k], plan.starts[k + 1]))
    return [target, JSON.stringify([stripOf(k), sources, weights, weights.reduce((sum, weight) => sum + weight, 0)])] as const
  })
  t.strictSame(
    [...found].sort(([a], [b]) => a - b),
    expected
  )
})

t.test('targets with the same surroundings share a group', async (t) => {
  // five single pixels far from each other: 4 sources of 1/4
  const data = new Uint32Array(ROWS * COLS)
  for (let k = 0; k < 5; k++) data[(10 + 9 * k) * COLS + 5 + 7 * k] = DEFECT_FLAGS.dead
  const groups = groupRepairs(planDefects({ data, shape: [ROWS, COLS] }), 1, () => 0)
  const [group, ...others] = readStrip(groups, 0)
  t.equal(others.length, 0)
  t.strictSame(group.places, [-COLS, -1, 1, COLS])
  t.strictSame(group.weights, [0.25, 0.25, 0.25, 0.25])
  t.equal(group.total, 1)
  const targets = [0, 1, 2, 3, 4].map((k) => (10 + 9 * k) * COLS + 5 + 7 * k)
  t.strictSame(group.targets, [...targets, targets[4]], 'the last one twice')
})

t.test('a panel without bad pixels has no groups', async (t) => {
  const { bytes, before } = groupRepairs(planDefects({ data: new Uint32Array(12), shape: [3, 4] }), 2, () => 0)
  t.equal(bytes.length, 0)
  t.strictSame(before, new Uint32Array(3))
})
