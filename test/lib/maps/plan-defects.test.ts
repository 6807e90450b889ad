import fc from 'fast-check'
import t from 'tap'
import { DEFECT_FLAGS } from '../../../lib/maps/defect-flags.js'
import { REPAIR_METHODS } from '../../../lib/maps/defect-plan.js'
import { planDefects } from '../../../lib/maps/plan-defects.js'
import { assertClose } from '../../fixtures/assert-close.js'
import { readBadPixelXml } from '../../fixtures/read-bad-pixel-xml.js'
import { needsSharedData, sharedData } from '../../fixtures/shared-data.js'
import type { DefectPlan } from '../../../lib/maps/defect-plan.js'
import type { DefectMap } from '../../../lib/maps/maps.js'

/** A defect map from a drawing: `#` is bad. */
function draw(...lines: string[]): DefectMap {
  const data = Uint32Array.from(lines.join(''), (letter) => (letter === '#' ? DEFECT_FLAGS.dead : 0))
  return { data, shape: [lines.length, lines[0].length] }
}

/** A panel of good pixels with the given ones bad. */
function panel(rows: number, cols: number, bad: readonly (readonly [number, number])[]): DefectMap {
  const data = new Uint32Array(rows * cols)
  for (const [row, col] of bad) data[row * cols + col] = DEFECT_FLAGS.noisy
  return { data, shape: [rows, cols] }
}

function block(top: number, left: number, rows: number, cols: number): [number, number][] {
  return Array.from({ length: rows * cols }, (_, i) => [top + Math.floor(i / cols), left + (i % cols)])
}

/** Sources and weights of one bad pixel, as `row,col` -> weight. */
function tapsAt(plan: DefectPlan, row: number, col: number): Record<string, number> {
  const cols = plan.shape[1]
  const place = plan.targets.indexOf(row * cols + col)
  const taps: Record<string, number> = {}
  for (let j = plan.starts[place]; j < plan.starts[place + 1]; j++) {
    taps[`${Math.floor(plan.sources[j] / cols)},${plan.sources[j] % cols}`] = plan.weights[j]
  }
  return taps
}

function methodAt(plan: DefectPlan, row: number, col: number): string {
  return REPAIR_METHODS[plan.methods[plan.targets.indexOf(row * plan.shape[1] + col)]]
}

function unrepairable(plan: DefectPlan): boolean[] {
  return Array.from(plan.flags, (flags) => (flags & DEFECT_FLAGS.unrepairable) !== 0)
}

/** The plan evaluated in float64 on values given by row and column, per target. */
function evaluate(plan: DefectPlan, values: (row: number, col: number) => number): number[] {
  const cols = plan.shape[1]
  return Array.from(plan.targets, (_, k) => {
    let sum = 0
    let total = 0
    for (let j = plan.starts[k]; j < plan.starts[k + 1]; j++) {
      sum += plan.weights[j] * values(Math.floor(plan.sources[j] / cols), plan.sources[j] % cols)
      total += plan.weights[j]
    }
    return sum / total
  })
}

function truth(plan: DefectPlan, values: (row: number, col: number) => number): number[] {
  return Array.from(plan.targets, (pixel) => values(Math.floor(pixel / plan.shape[1]), pixel % plan.shape[1]))
}

/** float32 weights are off by up to 2^-25 relative each; times positions below 64 and gradients below 8 that stays below 1e-4. */
const PLANE_TOLERANCE = { absolute: 1e-4 }
const plane = (row: number, col: number): number => 100 + 2 * row - 3 * col

/** Structure of any plan: sources good, weights not negative with sum 1, sources ascending, figures consistent. */
function faults(plan: DefectPlan, defects: DefectMap): string[] {
  const found: string[] = []
  const { targets, starts, sources, weights, variance, flags, counts } = plan
  const bad = Array.from(defects.data.keys()).filter((i) => (defects.data[i] & 0xffff) !== 0)
  if (targets.join() !== bad.join()) found.push('targets are not the bad pixels')
  if (starts[0] !== 0 || starts[targets.length] !== sources.length || sources.length !== weights.length) found.push('starts')
  for (let k = 0; k < targets.length; k++) {
    let sum = 0
    let squares = 0
    if (starts[k + 1] <= starts[k]) found.push(`no source at ${k}`)
    for (let j = starts[k]; j < starts[k + 1]; j++) {
      if ((defects.data[sources[j]] & 0xffff) !== 0) found.push(`bad source ${sources[j]}`)
      if (!(weights[j] >= 0)) found.push(`weight ${weights[j]}`)
      if (j > starts[k] && sources[j] <= sources[j - 1]) found.push('sources are not ascending')
      sum += weights[j]
      squares += weights[j] ** 2
    }
    if (Math.abs(sum - 1) > 1e-6) found.push(`weights sum to ${sum}`)
    if (Math.abs(squares - variance[k]) > 1e-6) found.push(`variance ${variance[k]}, not ${squares}`)
  }
  const marked = flags.reduce((count, value) => count + (value & DEFECT_FLAGS.unrepairable ? 1 : 0), 0)
  const methods = Object.values(counts.byMethod).reduce((a, b) => a + b, 0)
  if (counts.bad !== targets.length || counts.unrepairable !== marked || counts.repaired !== counts.bad - marked) found.push('counts')
  if (methods !== counts.bad) found.push('counts by method')
  return found
}

t.test('an isolated pixel is the mean of its four neighbours', async (t) => {
  const plan = planDefects(panel(5, 5, [[2, 2]]))
  t.strictSame(tapsAt(plan, 2, 2), { '1,2': 0.25, '2,1': 0.25, '2,3': 0.25, '3,2': 0.25 })
  t.equal(plan.variance[0], 0.25)
  t.strictSame(plan.counts, { bad: 1, repaired: 1, unrepairable: 0, byMethod: { harmonic: 1, linear: 0, ring: 0 } })
  t.equal(plan.flags[0], 0)
})

t.test('a good map gives an empty plan', async (t) => {
  const plan = planDefects(panel(3, 4, []))
  t.strictSame(plan.counts, { bad: 0, repaired: 0, unrepairable: 0, byMethod: { harmonic: 0, linear: 0, ring: 0 } })
  t.equal(plan.sources.length, 0)
  t.strictSame([...plan.starts], [0])
})

t.test('bits that only inform make no pixel bad', async (t) => {
  const defects = panel(3, 3, [])
  defects.data[4] = DEFECT_FLAGS.clusterKernel | DEFECT_FLAGS.unrepairable
  t.equal(planDefects(defects).counts.bad, 0)
})

t.test('two pixels side by side: the Laplace equation by hand', async (t) => {
  // a = (3 + b) / 4 good neighbours of a and b each weight 1: a = 4/15 of its own three, 1/15 of the three of b.
  const plan = planDefects(
    panel(4, 6, [
      [1, 2],
      [1, 3]
    ])
  )
  const taps = tapsAt(plan, 1, 2)
  const expected = { '0,2': 4 / 15, '1,1': 4 / 15, '2,2': 4 / 15, '0,3': 1 / 15, '1,4': 1 / 15, '2,3': 1 / 15 }
  t.strictSame(Object.keys(taps).sort(), Object.keys(expected).sort())
  assertClose(
    t,
    Object.keys(expected).map((key) => taps[key]),
    Object.values(expected),
    'weights',
    { relative: 2 ** -24 }
  )
})

t.test('planes are followed exactly inside the panel, by every shape', async (t) => {
  const shapes: Record<string, [number, number][]> = {
    isolated: [[15, 15]],
    'diagonal pair': [
      [15, 15],
      [16, 16]
    ],
    'block 2x2': block(15, 15, 2, 2),
    'block 3x3': block(15, 15, 3, 3),
    'block 5x5': block(15, 15, 5, 5),
    'block 10x10, depth 5': block(15, 15, 10, 10),
    'column segment': block(10, 20, 18, 1),
    'two columns': block(10, 20, 18, 2),
    'four columns': block(10, 20, 18, 4),
    'cross of lines': [...block(4, 20, 30, 1), ...block(20, 4, 1, 30)],
    'line into a block': [...block(4, 20, 12, 1), ...block(16, 18, 5, 5)],
    'ring around a good pixel': block(15, 15, 3, 3).filter(([row, col]) => row !== 16 || col !== 16),
    irregular: [
      [10, 10],
      [10, 11],
      [11, 11],
      [12, 11],
      [12, 12],
      [13, 13],
      [12, 14],
      [11, 14],
      [14, 14],
      [9, 9]
    ]
  }
  for (const [name, bad] of Object.entries(shapes)) {
    const defects = panel(40, 40, bad)
    const plan = planDefects(defects)
    t.strictSame(faults(plan, defects), [], name)
    assertClose(t, evaluate(plan, plane), truth(plan, plane), `plane, ${name}`, PLANE_TOLERANCE)
    assertClose(
      t,
      evaluate(plan, () => 12345),
      truth(plan, () => 12345),
      `constant, ${name}`,
      { relative: 1e-15 }
    )
  }
})

t.test('small clusters follow every discrete harmonic function', async (t) => {
  const harmonic = (row: number, col: number): number => row * col + row * row - col * col
  for (const bad of [
    block(8, 8, 2, 2),
    block(8, 8, 3, 3),
    [
      [8, 8],
      [8, 9],
      [9, 9],
      [10, 9],
      [10, 10]
    ] as [number, number][]
  ]) {
    const plan = planDefects(panel(20, 20, bad))
    assertClose(t, evaluate(plan, harmonic), truth(plan, harmonic), `${bad.length} px`, PLANE_TOLERANCE)
  }
})

t.test('a solution by relaxation, written the slow way, agrees', async (t) => {
  const bad: [number, number][] = [
    [6, 6],
    [6, 7],
    [7, 7],
    [8, 7],
    [8, 8],
    [7, 5],
    [7, 6]
  ]
  const plan = planDefects(panel(16, 16, bad))
  const value = (row: number, col: number): number => ((row * 7919 + col * 104729) % 997) + 100
  const grid = Array.from({ length: 16 }, (_, row) => Array.from({ length: 16 }, (_, col) => value(row, col)))
  for (let sweep = 0; sweep < 500; sweep++) {
    for (const [r, c] of bad) grid[r][c] = (grid[r - 1][c] + grid[r + 1][c] + grid[r][c - 1] + grid[r][c + 1]) / 4
  }
  assertClose(
    t,
    evaluate(plan, value),
    truth(plan, (row, col) => grid[row][col]),
    'relaxed',
    { absolute: 1e-3 }
  )
})

t.test('values stay within the range of their sources', async (t) => {
  const step = (_: number, col: number): number => (col < 16 ? 0 : 1000)
  const plan = planDefects(panel(32, 32, block(13, 13, 5, 5)))
  for (const value of evaluate(plan, step)) t.ok(value >= 0 && value <= 1000, `${value}`)
})

t.test('lines are interpolated linearly across', async (t) => {
  const one = planDefects(panel(20, 9, block(0, 4, 20, 1)))
  t.strictSame(tapsAt(one, 7, 4), { '7,3': 0.5, '7,5': 0.5 })
  t.strictSame(one.counts.byMethod, { harmonic: 0, linear: 20, ring: 0 })
  t.equal(one.counts.unrepairable, 0, 'a whole column, ends on the border included')
  t.equal(one.variance[7], 0.5)
  const two = planDefects(panel(9, 20, block(4, 0, 2, 20)))
  const near = Math.fround(2 / 3)
  t.strictSame(tapsAt(two, 4, 9), { '3,9': near, '6,9': Math.fround(1 / 3) })
  t.strictSame(tapsAt(two, 5, 9), { '3,9': Math.fround(1 / 3), '6,9': near })
  t.ok(Math.abs(two.variance[20] - 5 / 9) < 1e-6, 'noise 0.5556 of one pixel')
  t.equal(two.counts.unrepairable, 0, 'lines up to 2 px are repaired')
})

t.test('kernel pixels, and what is too large for trustworthy repair', async (t) => {
  const judged = (bad: [number, number][], size = 40): [kernels: number, unrepairable: number] => {
    const plan = planDefects(panel(size, size, bad))
    const kernels = plan.flags.reduce((count, flags) => count + (flags & DEFECT_FLAGS.clusterKernel ? 1 : 0), 0)
    return [kernels, plan.counts.unrepairable]
  }
  t.strictSame(judged([[9, 9]]), [0, 0], 'isolated')
  t.strictSame(judged(block(9, 9, 2, 2)), [0, 0], '2x2: 3 bad neighbours each')
  t.strictSame(judged(block(9, 9, 3, 3)), [5, 0], '3x3: all but the corners')
  t.strictSame(judged(block(9, 9, 4, 4)), [12, 16], '4x4')
  t.strictSame(judged(block(9, 9, 5, 5)), [21, 25], '5x5')
  t.strictSame(judged(block(9, 9, 2, 7)), [10, 0], '2x7: kernel pixels, but 2 px wide')
  t.strictSame(judged(block(0, 9, 8, 1)), [1, 0], 'a segment that ends on the border')
  t.strictSame(judged(block(9, 9, 1, 9)), [0, 0], 'a segment has no kernel pixels')
  t.strictSame(judged(block(9, 9, 2, 20)), [36, 0], 'line of 2 px')
  t.strictSame(judged(block(9, 9, 3, 20))[1], 60, 'line of 3 px')
  t.strictSame(judged([...block(0, 20, 40, 1), ...block(20, 0, 1, 40)]), [9, 0], 'crossing lines: 5 kernel pixels and 4 line ends')
  t.strictSame(judged([...block(0, 20, 40, 1), ...block(18, 18, 5, 5)])[1], 25, 'a block does not condemn the line through it')
  t.strictSame(
    judged([
      [9, 9],
      [10, 10],
      [11, 11],
      [12, 12],
      [13, 13]
    ]),
    [0, 0],
    'a diagonal'
  )
})

t.test('the kernel pixels of a dead column: the published figures', async (t) => {
  // Out-of-panel counts as not good: 2 at the ends of one column; 2 H for two adjacent columns.
  const kernels = (width: number): number =>
    planDefects(panel(50, 30, block(0, 10, 50, width))).flags.reduce((count, f) => count + (f & DEFECT_FLAGS.clusterKernel ? 1 : 0), 0)
  t.equal(kernels(1), 2)
  t.equal(kernels(2), 100)
})

t.test('along a border: in its own direction while good pixels stand within 5 px', async (t) => {
  const edge = planDefects(panel(9, 12, [[0, 5]]))
  t.strictSame(tapsAt(edge, 0, 5), { '0,4': 0.5, '0,6': 0.5 })
  const segment = planDefects(panel(12, 30, block(0, 10, 1, 5)))
  assertClose(t, evaluate(segment, plane), truth(segment, plane), 'five pixels on the border', PLANE_TOLERANCE)
  t.strictSame(unrepairable(segment), [false, false, false, false, false])
  const corner = planDefects(panel(12, 30, block(0, 10, 2, 3)))
  assertClose(t, evaluate(corner, plane), truth(corner, plane), 'two rows on the border', PLANE_TOLERANCE)
  const long = planDefects(panel(12, 30, block(0, 10, 1, 9)))
  t.strictSame(unrepairable(long), [true, true, true, true, false, true, true, true, true], 'more than 5 px on one side')
  t.equal(methodAt(long, 0, 10), 'ring')
})

t.test('corners and border lines: the nearest ring, marked', async (t) => {
  const corner = planDefects(panel(6, 6, [[0, 0]]))
  const third = Math.fround(1 / 3)
  t.strictSame(tapsAt(corner, 0, 0), { '0,1': third, '1,0': third, '1,1': third })
  t.strictSame(unrepairable(corner), [true])
  const row = planDefects(panel(6, 30, block(0, 0, 1, 30)))
  t.strictSame(tapsAt(row, 0, 9), { '1,8': third, '1,9': third, '1,10': third })
  t.equal(row.counts.unrepairable, 30)
  const along = (_: number, col: number): number => 5 * col
  assertClose(t, evaluate(row, along).slice(1, -1), truth(row, along).slice(1, -1), 'the gradient along it is kept', PLANE_TOLERANCE)
})

t.test('nothing is read around the edge of the panel', async (t) => {
  // A bad pixel in the left column, and 65535 in the whole right column: an index that wraps would fetch it.
  const plan = planDefects(
    panel(9, 9, [
      [3, 0],
      [4, 0],
      [7, 0],
      [0, 8],
      [5, 8]
    ])
  )
  const wrong = Array.from(plan.sources.keys()).filter((j) => {
    const target = plan.targets[plan.starts.findIndex((_, k) => plan.starts[k + 1] > j)]
    return Math.abs((plan.sources[j] % 9) - (target % 9)) > 1
  })
  t.strictSame(wrong, [])
})

t.test('beyond 5 px the nearest ring is shown, and beyond 8 px the nearest directions', async (t) => {
  const third = Math.fround(1 / 3)
  const plan = planDefects(panel(60, 60, block(10, 10, 30, 30)))
  t.equal(methodAt(plan, 14, 24), 'harmonic', 'depth 5')
  t.equal(methodAt(plan, 15, 24), 'ring', 'depth 6')
  t.equal(Object.keys(tapsAt(plan, 15, 24)).length, 13, 'the side of the ring that is good')
  t.strictSame(tapsAt(plan, 20, 24), { '9,13': third, '9,24': third, '9,35': third }, 'depth 11: straight up and along the diagonals')
  t.equal(plan.counts.unrepairable, 900)
  const deeper = planDefects(panel(60, 60, block(10, 10, 30, 30)), { maxDepth: 6 })
  t.equal(methodAt(deeper, 15, 24), 'harmonic')
  t.equal(deeper.counts.unrepairable, 900, 'the cluster stays too large')
})

t.test('one good pixel serves a whole panel', async (t) => {
  const bad = block(0, 0, 30, 30).filter(([row, col]) => row !== 3 || col !== 7)
  const defects = panel(30, 30, bad)
  const plan = planDefects(defects)
  t.strictSame(faults(plan, defects), [])
  assertClose(t, plan.weights, new Float32Array(899).fill(1), 'weights')
  t.equal(plan.counts.unrepairable, 899)
})

t.test('a panel of one row, and of one column', async (t) => {
  for (const defects of [draw('..#..##..'), { ...draw('..#..##..'), shape: [9, 1] as const }]) {
    const plan = planDefects(defects)
    t.strictSame(faults(plan, defects), [])
    assertClose(
      t,
      evaluate(plan, (row, col) => row + col),
      truth(plan, (row, col) => row + col),
      'ramp',
      PLANE_TOLERANCE
    )
    t.strictSame(unrepairable(plan), [false, false, false])
  }
})

t.test('a frame without a good pixel is refused', async (t) => {
  t.throws(() => planDefects(panel(2, 2, block(0, 0, 2, 2))), {
    code: 'ERR_CALIBRATION',
    message: 'defect map: expected at least one good pixel, received none'
  })
})

t.test('arguments out of range are refused', async (t) => {
  t.throws(() => planDefects({ data: new Uint32Array(5), shape: [2, 2] }), {
    code: 'ERR_SHAPE',
    message: 'defect map: expected 4 values for shape [2, 2], received 5'
  })
  for (const maxDepth of [0, 2.5, 101, NaN]) {
    const message = `option "maxDepth": expected an integer from 1 to 100, received ${maxDepth}`
    t.throws(() => planDefects(panel(2, 2, []), { maxDepth }), { code: 'ERR_OPTION', message })
  }
})

// ---- any map at all ------------------------------------------------------------------------------------------------

/** The eight orientations of a panel: how a pixel moves, and whether rows and columns change places. */
const ORIENTATIONS = [0, 1, 2, 3, 4, 5, 6, 7].map((kind) => ({
  swap: kind >= 4,
  move: (row: number, col: number, rows: number, cols: number): [number, number] => {
    const r = kind & 1 ? rows - 1 - row : row
    const c = kind & 2 ? cols - 1 - col : col
    return kind >= 4 ? [c, r] : [r, c]
  }
}))

const anyMap = fc
  .record({
    rows: fc.integer({ min: 1, max: 24 }),
    cols: fc.integer({ min: 1, max: 24 }),
    density: fc.constantFrom(3, 15, 50, 85),
    seed: fc.nat()
  })
  .map(({ rows, cols, density, seed }) => {
    let state = seed | 1
    const data = Uint32Array.from({ length: rows * cols }, () => {
      state = (Math.imul(state, 1664525) + 1013904223) | 0
      return (state >>> 8) % 100 < density ? DEFECT_FLAGS.hot : 0
    })
    data[(seed >>> 3) % data.length] = 0
    return { data, shape: [rows, cols] as const }
  })

t.test('any map: sources good, weights right, planes inside, all orientations alike', async (t) => {
  fc.assert(
    fc.property(anyMap, fc.integer({ min: 0, max: 7 }), (defects, orientation) => {
      const [rows, cols] = defects.shape
      const plan = planDefects(defects)
      if (faults(plan, defects).length > 0) throw new Error(faults(plan, defects).join(', '))
      // Whatever is not marked follows planes, and so does every harmonic and linear value.
      const values = evaluate(plan, plane)
      truth(plan, plane).forEach((expected, k) => {
        if (plan.methods[k] !== 2 && Math.abs(values[k] - expected) > 1e-4) throw new Error(`plane: ${values[k]}, not ${expected}`)
        if (plan.methods[k] === 2 && (plan.flags[k] & DEFECT_FLAGS.unrepairable) === 0) throw new Error('ring without a mark')
      })
      const { move, swap } = ORIENTATIONS[orientation]
      const turned = turn(defects, move, swap)
      const other = planDefects(turned)
      const noise = (row: number, col: number): number => (row * 7919 + col * 104729 + row * col) % 1009
      const back = new Map<number, [number, number]>()
      for (let i = 0; i < rows * cols; i++) {
        const [r, c] = move(Math.floor(i / cols), i % cols, rows, cols)
        back.set(r * turned.shape[1] + c, [Math.floor(i / cols), i % cols])
      }
      const turnedValues = evaluate(other, (row, col) => noise(...back.get(row * turned.shape[1] + col)!))
      const direct = evaluate(plan, noise)
      other.targets.forEach((pixel, k) => {
        const [row, col] = back.get(pixel)!
        const same = plan.targets.indexOf(row * cols + col)
        // In float64 before the one rounding: equal but for the order of the sum.
        if (Math.abs(turnedValues[k] - direct[same]) > 1e-4) throw new Error(`turned: ${turnedValues[k]}, not ${direct[same]}`)
        if (other.flags[k] !== plan.flags[same] || other.methods[k] !== plan.methods[same]) throw new Error('turned: other flags')
      })
    }),
    { numRuns: 150, seed: 20 }
  )
  t.pass('150 maps')
})

function turn(defects: DefectMap, move: (typeof ORIENTATIONS)[number]['move'], swap: boolean): DefectMap {
  const [rows, cols] = defects.shape
  const shape = swap ? ([cols, rows] as const) : ([rows, cols] as const)
  const data = new Uint32Array(rows * cols)
  for (let i = 0; i < data.length; i++) {
    const [r, c] = move(Math.floor(i / cols), i % cols, rows, cols)
    data[r * shape[1] + c] = defects.data[i]
  }
  return { data, shape }
}

t.test('real panels', needsSharedData, async (t) => {
  // Kernel pixels with out-of-panel counted as not good: figures of the maps' own Mask bytes.
  const expected = {
    PerkinElmerFull_BadPixelMap_t1: [9451, 281],
    PerkinElmerCropped_BadPixelMap_t2: [8746, 23],
    PerkinElmerFull_BadPixelMap_t2: [15879, null]
  }
  for (const [name, [bad, kernels]] of Object.entries(expected)) {
    const { defects } = readBadPixelXml(sharedData('perkinelmer-bpm', `${name}.bpm.xml`))
    const plan = planDefects(defects)
    t.strictSame(faults(plan, defects), [], name)
    t.equal(plan.counts.bad, bad)
    if (kernels !== null)
      t.equal(
        plan.flags.reduce((count, flags) => count + (flags & DEFECT_FLAGS.clusterKernel ? 1 : 0), 0),
        kernels
      )
    const values = evaluate(plan, plane)
    const followed = truth(plan, plane).filter((value, k) => plan.methods[k] === 2 || Math.abs(values[k] - value) < 0.02)
    t.equal(followed.length, bad, 'planes, over positions up to 2000')
  }
})
