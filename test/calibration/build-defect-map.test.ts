import t from 'tap'
import { buildDefectMap } from '../../calibration/build-defect-map.js'
import type { DefectMapResult } from '../../calibration/build-defect-map.js'
import type { DefectRuleOptions } from '../../calibration/defect-rules/resolve-defect-options.js'
import type { StackSummary } from '../../calibration/stack-summary.js'
import { BAD_PIXEL_BITS, DEFECT_FLAGS } from '../../lib/maps/defect-flags.js'
import type { DefectClass } from '../../lib/maps/defect-flags.js'
import { assertClose } from '../fixtures/assert-close.js'
import { drawSummary } from '../fixtures/draw-summary.js'
import { gaussianSource } from '../fixtures/gaussian-source.js'

const SATURATION = 16383
const ELECTRONIC = 4
/** DN per quantum: variance of a flat = 16 + 0.3 * signal. */
const SYSTEM_GAIN = 0.3

/** What may be wrong with pixel i; everything absent: a good pixel. */
interface Fault {
  response?: number
  offset?: number
  /** Raw value whatever happens. */
  stuck?: number
  darkNoise?: number
  flatNoise?: number
  /** Telegraph amplitude in electronic sd, switching every third frame. */
  flicker?: number
  /** Response at the second level over that at the first. */
  bend?: number
}

interface Panel {
  rows: number
  cols: number
  darks: StackSummary
  flats: StackSummary[]
}

interface PanelOptions {
  rows?: number
  cols?: number
  frames?: number
  levels?: number[]
  seed?: number
  faults?: Map<number, Fault>
  /** Relative noise of columns and chips of 64 columns; chips also differ by +-3 % in gain and 60 DN in offset. */
  columnNoise?: number
  noise?: number
  round?: (value: number) => number
}

/** An indirect panel with chips, column noise, shading by 12 % and 1.5 % PRNU. */
function drawPanel(options: PanelOptions = {}): Panel {
  const { rows = 192, cols = 192, frames = 24, levels = [8000], seed = 1, faults = new Map<number, Fault>() } = options
  const { columnNoise = 0.05, noise = 1, round = Math.round } = options
  const gauss = gaussianSource(seed)
  const n = rows * cols
  const noiseOf = Float32Array.from({ length: cols }, () => noise * (1 + columnNoise * gauss()))
  const offset = Float32Array.from(
    { length: n },
    (_, i) => 1000 + 60 * (((i % cols) >> 6) % 3) + 15 * gauss() + (faults.get(i)?.offset ?? 0)
  )
  const gain = Float32Array.from({ length: n }, (_, i) => {
    const y = Math.floor(i / cols) / rows - 0.5
    const x = (i % cols) / cols - 0.5
    const chip = 1 + 0.03 * ((((i % cols) >> 6) % 3) - 1)
    return chip * (1 + 0.015 * gauss()) * (1 - 0.25 * (x * x + y * y)) * (faults.get(i)?.response ?? 1)
  })
  const raw = (i: number, t: number, level: number, bent: boolean): number => {
    const fault = faults.get(i)
    if (fault?.stuck !== undefined) return fault.stuck
    const signal = level * gain[i] * (bent ? (fault?.bend ?? 1) : 1)
    const electronic = ELECTRONIC * noiseOf[i % cols]
    const quanta = SYSTEM_GAIN * signal * noiseOf[i % cols] ** 2 * (fault?.flatNoise ?? 1) ** 2
    const sigma = Math.sqrt((electronic * (fault?.darkNoise ?? 1)) ** 2 + quanta)
    const flicker = fault?.flicker === undefined || Math.floor(t / 3) % 2 === 0 ? 0 : fault.flicker * sigma
    return Math.min(SATURATION, round(offset[i] + signal + flicker + sigma * gauss()))
  }
  const stack = { rows, cols, frames, saturation: SATURATION }
  const darks = drawSummary({ ...stack, role: 'dark', raw: (i, t) => raw(i, t, 0, false) })
  const flats = levels.map((level, l) =>
    drawSummary({ ...stack, role: 'flat', offset: darks.location, raw: (i, t) => raw(i, t, level, l > 0) })
  )
  return { rows, cols, darks, flats }
}

function build(panel: Panel, options: DefectRuleOptions = {}): DefectMapResult {
  return buildDefectMap(panel, { saturation: SATURATION, ...options })
}

/** Good pixels by plan that came out bad, and planted ones that lack the flag. */
function compare({ defects }: DefectMapResult, planted: Map<number, DefectClass>): { missed: string[]; false: number[] } {
  const missed: string[] = []
  const falsePixels: number[] = []
  for (let i = 0; i < defects.data.length; i++) {
    const expected = planted.get(i)
    if (expected === undefined) {
      if ((defects.data[i] & BAD_PIXEL_BITS) !== 0) falsePixels.push(i)
    } else if ((defects.data[i] & DEFECT_FLAGS[expected]) === 0) missed.push(`${expected} at ${i}`)
  }
  return { missed, false: falsePixels }
}

t.test('a good panel stays good: chips, shading, noisier columns', (t) => {
  for (const seed of [1, 2]) {
    const result = build(drawPanel({ seed, rows: 256, cols: 256, frames: 32 }))
    // Four tests of 5e-7 and one of 1e-7 on 65536 pixels: 0.14 expected, more than 3 with probability 2e-5.
    const bad = compare(result, new Map()).false
    t.ok(bad.length <= 3, `seed ${seed}: ${bad.length} bad pixels`)
    t.same(
      result.warnings.filter((text) => !/too few frames to see 1 %/.test(text)),
      []
    )
  }
  t.end()
})

/** Every class at twice its threshold or more, at corners and borders too, none beside another. */
function plantAll(rows: number, cols: number): { faults: Map<number, Fault>; planted: Map<number, DefectClass> } {
  const faults = new Map<number, Fault>()
  const planted = new Map<number, DefectClass>()
  const plant = (row: number, col: number, name: DefectClass, fault: Fault): void => {
    faults.set(row * cols + col, fault)
    planted.set(row * cols + col, name)
  }
  const kinds: [DefectClass, Fault][] = [
    ['dead', { response: 0.01 }],
    ['dead', { stuck: 5000 }],
    ['dead', { stuck: 0 }],
    ['hot', { offset: 340 }],
    ['overResponding', { response: 1.65 }],
    ['underResponding', { response: 0.18 }],
    // s / sigma may fall to 0.6 over 24 frames (p = 1e-3): four times the expected noise is beyond doubt.
    ['noisy', { darkNoise: 4 }],
    ['noisy', { flatNoise: 4 }],
    ['unstable', { flicker: 16 }],
    ['nonUniform', { bend: 1.06 }],
    ['nonUniform', { bend: 0.94 }]
  ]
  kinds.forEach(([name, fault], k) => {
    for (let copy = 0; copy < 6; copy++) plant(20 + 12 * k, 8 + 20 * copy, name, fault)
  })
  plant(0, 0, 'dead', { response: 0 })
  plant(rows - 1, cols - 1, 'hot', { offset: 400 })
  plant(0, cols - 1, 'overResponding', { response: 1.7 })
  plant(rows - 1, 0, 'underResponding', { response: 0.15 })
  plant(0, 90, 'noisy', { darkNoise: 4 })
  return { faults, planted }
}

t.test('every class is found where it was planted', (t) => {
  const { faults, planted } = plantAll(192, 192)
  const panel = drawPanel({ faults, levels: [8000, 3000], frames: 24, seed: 3 })
  const result = build(panel)
  const { missed, false: wrong } = compare(result, planted)
  t.same(missed, [])
  t.ok(wrong.length <= 2, `${wrong.length} good pixels flagged`)
  t.equal(result.counts.dead, 19)
  t.equal(result.counts.line, 0)
  t.same(
    result.rules.filter(({ name }) => name === 'dead'),
    [
      {
        name: 'dead',
        threshold: 0.05,
        unit: 'x median response',
        found: 19,
        source: 'ASTM E2597/E2597M-14, dead pixel: no response, or constant response whatever the dose'
      }
    ]
  )
  // n = 24, p = 1e-6 / 3 stacks: between the limits of 20 and 30 frames at 1e-7 and 1e-6.
  const noisy = result.rules.find(({ name }) => name === 'noisy (flats 2)')
  t.ok(noisy!.threshold! > 1.6654 && noisy!.threshold! < 1.9, `noisy limit ${noisy!.threshold}`)
  t.end()
})

t.test('flipped and transposed panels give flipped and transposed maps', (t) => {
  const { faults } = plantAll(192, 192)
  for (let k = 0; k < 192; k++) {
    faults.set(k * 192 + 150, { response: 0 })
    if (k > 30 && k < 110) faults.set(185 * 192 + k, { response: 0.8 })
  }
  const panel = drawPanel({ faults, levels: [8000, 3000], frames: 12, seed: 4 })
  const upright = build(panel).defects.data
  const size = 192
  const turns: Record<string, (row: number, col: number) => number> = {
    'left to right': (row, col) => row * size + size - 1 - col,
    'upside down': (row, col) => (size - 1 - row) * size + col,
    transposed: (row, col) => col * size + row
  }
  for (const [name, from] of Object.entries(turns)) {
    const order = Int32Array.from({ length: size * size }, (_, i) => from(Math.floor(i / size), i % size))
    const turn = <T extends Float32Array | Uint8Array | Uint16Array | Uint32Array>(map: T): T => map.map((_, i) => map[order[i]]) as T
    const turnStack = (stack: StackSummary): StackSummary => ({
      ...stack,
      location: turn(stack.location),
      locationErrors: turn(stack.locationErrors!),
      sd: turn(stack.sd!),
      clippedSd: turn(stack.clippedSd!),
      maxStep: turn(stack.maxStep!),
      evenHalf: turn(stack.evenHalf!),
      oddHalf: turn(stack.oddHalf!),
      constant: turn(stack.constant),
      saturated: turn(stack.saturated),
      thirdStep: stack.thirdStep && turn(stack.thirdStep)
    })
    const turned = buildDefectMap({ darks: turnStack(panel.darks), flats: panel.flats.map(turnStack) }, { saturation: SATURATION })
    assertClose(t, turned.defects.data, turn(upright), name)
  }
  t.end()
})

t.test('a block of 7 x 7 is found whole: it must not become its own reference', (t) => {
  for (const [name, response] of [
    ['dead', 0],
    ['underResponding', 0.4],
    ['overResponding', 1.6]
  ] as [DefectClass, number][]) {
    const faults = new Map<number, Fault>()
    const planted = new Map<number, DefectClass>()
    for (const [top, left] of [
      [0, 0],
      [60, 60],
      [89, 0]
    ]) {
      for (let k = 0; k < 49; k++) {
        const at = (top + Math.floor(k / 7)) * 96 + left + (k % 7)
        faults.set(at, { response })
        planted.set(at, name)
      }
    }
    const result = build(drawPanel({ rows: 96, cols: 96, frames: 12, faults, seed: 5 }))
    t.same(compare(result, planted), { missed: [], false: [] }, name)
    t.equal(result.counts.cluster, 147)
    t.equal(result.counts.line, 0, 'a block is no line')
  }
  t.end()
})

t.test('lines: whole and partial, dead and weak, noisy, hot, columns and rows', (t) => {
  const size = 256
  const faults = new Map<number, Fault>()
  const planted = new Map<number, DefectClass>()
  const column = (col: number, from: number, to: number, fault: Fault): void => {
    for (let row = from; row < to; row++) {
      faults.set(row * size + col, fault)
      planted.set(row * size + col, 'line')
    }
  }
  const row = (at: number, from: number, to: number, fault: Fault): void => {
    for (let col = from; col < to; col++) {
      faults.set(at * size + col, fault)
      planted.set(at * size + col, 'line')
    }
  }
  column(20, 0, size, { response: 0 })
  column(40, 0, 128, { response: 0 })
  column(70, 0, size, { response: 0.85 })
  column(90, 128, size, { response: 0.85 })
  column(110, 0, size, { darkNoise: 3 })
  column(200, 0, size, { offset: 500 })
  column(220, 20, 50, { response: 0 })
  column(0, 0, size, { response: 0.8 })
  row(30, 100, 160, { response: 0 })
  row(100, 120, 190, { response: 0.75 })
  const result = build(drawPanel({ rows: size, cols: size, frames: 16, faults, seed: 6 }), { readout: { midline: true } })
  const { missed, false: wrong } = compare(result, planted)
  t.same(missed, [])
  // The end of a weak partial line is known to a few pixels only: PRNU 1.5 % against 7.5 % never reaches further than one.
  t.ok(wrong.length <= 4, `${wrong.length} good pixels flagged`)
  t.equal(result.counts.clusterKernel > 0, true)
  t.end()
})

t.test('lines: two weak parts of one column, one of them with bad pixels in it', (t) => {
  const size = 256
  const faults = new Map<number, Fault>()
  const planted = new Map<number, DefectClass>()
  for (let row = 0; row < size; row++) {
    const inside = (row >= 40 && row < 100) || (row >= 180 && row < 250)
    if (!inside && row !== 130) continue
    faults.set(row * size + 77, { response: row % 3 === 0 && row > 190 ? 0 : inside ? 0.85 : 1 })
    if (inside) planted.set(row * size + 77, 'line')
  }
  // A column beside that is dead for most of a piece: it has no profile there.
  for (let row = 0; row < 20; row++) faults.set(row * size + 78, { response: 0 })
  for (let row = 0; row < 20; row++) planted.set(row * size + 78, 'dead')
  const result = build(drawPanel({ rows: size, cols: size, frames: 16, faults, seed: 20 }))
  const { missed, false: wrong } = compare(result, planted)
  t.same(missed, [])
  t.ok(wrong.length <= 4, `${wrong.length} good pixels flagged`)
  t.end()
})

t.test('lines: steps between chips, shading and pixel noise are none', (t) => {
  const panel = drawPanel({ rows: 128, cols: 512, frames: 8, seed: 7 })
  for (const readout of [{}, { chipColumns: 64, midline: 64 }]) t.equal(build(panel, { readout }).counts.line, 0)
  t.end()
})

t.test('lines: half a weak column ends where the chips of the other half begin, without a mid-line being told', (t) => {
  const size = 256
  const faults = new Map<number, Fault>()
  const planted = new Map<number, DefectClass>()
  for (let row = 0; row < size; row++) {
    // The upper half of the panel responds 4 % less left of column 128 and 4 % more right of it: the line deviates by 5 %.
    for (let col = 0; col < size; col++) if (row < 128) faults.set(row * size + col, { response: col < 128 ? 0.96 : 1.04 })
    if (row < 128) continue
    faults.set(row * size + 60, { response: 0.95 })
    planted.set(row * size + 60, 'line')
  }
  const result = build(drawPanel({ rows: size, cols: size, frames: 16, faults, seed: 19 }))
  const { missed, false: wrong } = compare(result, planted)
  t.same(missed, [])
  t.ok(wrong.length <= 4, `${wrong.length} good pixels flagged`)
  t.end()
})

t.test('lines: half of a column is dead where the chips of the halves differ: its good half is no line', (t) => {
  const size = 256
  for (const seed of [19, 20, 21]) {
    const faults = new Map<number, Fault>()
    for (let row = 0; row < size; row++) {
      for (let col = 0; col < size; col++) if (row < 128) faults.set(row * size + col, { response: col < 128 ? 0.98 : 1.02 })
      if (row >= 128) faults.set(row * size + 126, { response: 0 })
    }
    const { defects } = build(drawPanel({ rows: size, cols: size, frames: 8, faults, seed }), { lineDeviation: null })
    const upper = Array.from({ length: 128 }, (_, row) => defects.data[row * size + 126] & BAD_PIXEL_BITS)
    t.ok(
      upper.every((flags) => flags === 0),
      `seed ${seed}`
    )
  }
  t.end()
})

t.test('columns 10 % noisier than the panel hold no noisy pixels', (t) => {
  // Against the panel median the test would fire: that many pixels exceed the limit for 30 frames, counted here.
  const rows = 512
  const cols = 256
  const frames = 10
  const gauss = gaussianSource(8)
  const limit = 2.2314
  const noiseOf = (i: number): number => (i % 4 === 0 ? 1.15 : 1)
  const darks = drawSummary({ role: 'dark', rows, cols, frames, raw: (i) => 1000 + 10 * noiseOf(i) * gauss() })
  const flats = [drawSummary({ role: 'flat', rows, cols, frames, raw: (i) => 8000 + 60 * noiseOf(i) * gauss() })]
  const naive = darks.sd!.filter((s) => s > limit * 10).length + flats[0].sd!.filter((s) => s > limit * 60).length
  t.ok(naive > 5, `${naive} pixels against the sd of the panel`)
  const result = build({ rows, cols, darks, flats })
  t.ok(result.counts.noisy <= 2, `${result.counts.noisy} against the sd of their column`)
  t.ok(result.counts.unstable <= 2, `${result.counts.unstable} unstable`)
  t.end()
})

t.test('rounded values of little noise flag nothing', (t) => {
  // sd 0.2 and 0.4 DN: half of the pixels repeat one value, the sd of the others reaches 0.5; the MAD of single frames is 0.
  for (const noise of [0.05, 0.1]) {
    const panel = drawPanel({ rows: 96, cols: 96, frames: 20, noise, columnNoise: 0, seed: 9 })
    t.same(compare(build(panel), new Map()).false, [], `sd ${noise * ELECTRONIC} DN`)
    // Integer locations, as a median gives them.
    const darks = { ...panel.darks, location: panel.darks.location.map(Math.round), sd: new Float32Array(96 * 96) }
    t.equal(build({ ...panel, darks }).counts.hot, 0)
  }
  t.end()
})

t.test('frames without any noise: a perfect panel is not dead', (t) => {
  const make = (role: 'dark' | 'flat', level: number): StackSummary =>
    drawSummary({ role, rows: 40, cols: 40, frames: 5, raw: (i) => level * (1 + 0.001 * (i % 7)) })
  const result = build({ rows: 40, cols: 40, darks: make('dark', 500), flats: [make('flat', 6000), make('flat', 3000)] })
  t.same(compare(result, new Map()).false, [])
  t.end()
})

t.test('constant pixels: dead where the panel is noisy, undecided in too few frames', (t) => {
  const location = (darks: StackSummary, i: number): number => darks.location[i]
  const freeze = (stack: StackSummary, at: number): void => {
    stack.constant[at] = 1
    stack.sd![at] = 0
    stack.maxStep![at] = 0
    if (stack.thirdStep) stack.thirdStep[at] = 0
  }
  const many = drawPanel({ rows: 64, cols: 64, frames: 12, seed: 10 })
  freeze(many.darks, 700)
  freeze(many.flats[0], 700)
  freeze(many.darks, 900)
  t.ok(location(many.darks, 700) > 0)
  t.same(
    [...build(many).defects.data.entries()].filter(([, flags]) => flags !== 0),
    [[700, DEFECT_FLAGS.dead]],
    'constant in all stacks, not in one'
  )
  const few = drawPanel({ rows: 64, cols: 64, frames: 2, seed: 11 })
  freeze(few.darks, 700)
  freeze(few.flats[0], 700)
  const result = build(few)
  t.equal(result.defects.data[700] & DEFECT_FLAGS.dead, 0)
  t.match(result.warnings.join('\n'), /constant pixels cannot be told from good ones/)
  t.end()
})

t.test('one dark and one flat: no rule on noise, and it is said', (t) => {
  const faults = new Map<number, Fault>([
    [1000, { response: 0 }],
    [2000, { offset: 900 }],
    [3000, { response: 2 }]
  ])
  const result = build(drawPanel({ rows: 64, cols: 64, frames: 1, levels: [6000, 3000], faults, seed: 12 }))
  t.same(
    [...result.defects.data.entries()].filter(([, flags]) => flags !== 0),
    [
      [1000, DEFECT_FLAGS.dead],
      [2000, DEFECT_FLAGS.hot],
      [3000, DEFECT_FLAGS.overResponding]
    ]
  )
  const warnings = result.warnings.join('\n')
  for (const pattern of [
    /darks: one frame shows no noise/,
    /flats 1: one frame shows no change/,
    /flats 1: 1 frames cannot be parted/,
    /flats 2: the noise of one frame is unknown/
  ]) {
    t.match(warnings, pattern)
  }
  t.same(
    result.rules.filter(({ threshold }) => threshold === null).map(({ name }) => name),
    [
      'noisy (darks)',
      'noisy (flats 1)',
      'noisy (flats 2)',
      'unstable (darks)',
      'unstable (flats 1)',
      'unstable (flats 2)',
      'nonUniform (flats 1)',
      'nonUniform (flats 2)',
      'nonLinear'
    ]
  )
  const standard = build(drawPanel({ rows: 64, cols: 64, frames: 1, seed: 12 }), { noisyRule: 'e2597' })
  t.match(standard.warnings.join('\n'), /darks: one frame shows no noise/)
  t.end()
})

t.test('one dark and many flats: the photon transfer of the flats alone', (t) => {
  // Half of the panel stands behind a collimator: signal 500 DN, noise 13 DN instead of 49.
  const faults = new Map<number, Fault>()
  for (let i = 0; i < 128 * 128; i++) if (i % 128 > 63) faults.set(i, { response: 0.0625 })
  faults.set(64 * 128 + 10, { flatNoise: 4 })
  faults.set(64 * 128 + 100, { response: 0.0625, flatNoise: 4 })
  const many = drawPanel({ rows: 128, cols: 128, frames: 30, faults, seed: 13, columnNoise: 0 })
  const one = drawPanel({ rows: 128, cols: 128, frames: 1, faults, seed: 13, columnNoise: 0 })
  for (const panel of [many, { ...many, darks: one.darks }]) {
    const { data } = build(panel).defects
    const noisy = [...data.entries()].filter(([, flags]) => (flags & DEFECT_FLAGS.noisy) !== 0).map(([i]) => i)
    t.same(noisy, [64 * 128 + 10, 64 * 128 + 100])
  }
  t.end()
})

t.test('non-uniform: never judged on the frames of its own gain, and silent where the frames are too few', (t) => {
  const panel = drawPanel({ rows: 96, cols: 96, frames: 200, levels: [12000], seed: 14, columnNoise: 0 })
  const flat = panel.flats[0]
  flat.oddHalf![5000] *= 1.03
  flat.oddHalf![2000] *= 0.985
  const result = build(panel)
  t.same(
    [...result.defects.data.entries()].filter(([, flags]) => flags !== 0),
    [
      [2000, DEFECT_FLAGS.nonUniform],
      [5000, DEFECT_FLAGS.nonUniform]
    ]
  )
  t.same(result.warnings, [])
  const rule = result.rules.find(({ name }) => name === 'nonUniform (flats 1)')
  t.match(rule, { threshold: 0.01, found: 2 })
  // SNR at 12000 DN: 12000 / sqrt(16 + 3600) = 199.6; 5.32 * sqrt(2 / 100) / 199.6 = 0.38 %: 1 % counts.
  t.ok(Math.abs(rule!.smallestVisible! - 0.01) < 1e-6)
  // 16 + 16 frames at SNR 100: 5.32 * sqrt(2 / 16) / 100 = 1.88 %. Variance 16 + 0.3 s = (s / 100)^2 at s = 3052.
  const weak = build(drawPanel({ rows: 96, cols: 96, frames: 32, levels: [3052 / 0.9585], seed: 15, columnNoise: 0 }))
  const visible = weak.rules.find(({ name }) => name === 'nonUniform (flats 1)')!.smallestVisible!
  t.ok(Math.abs(visible - 0.0188) < 0.0008, `smallest visible deviation ${visible}`)
  t.match(weak.warnings.join('\n'), /flats 1: too few frames to see 1 % deviations; non-uniform pixels are found from 1\.\d %/)
  t.end()
})

t.test('saturation: in the dark hot, in the flats no gain, in a further level not judged', (t) => {
  const panel = drawPanel({ rows: 64, cols: 64, frames: 20, levels: [8000, 4000], seed: 16 })
  panel.darks.saturated[100] = 20
  panel.darks.saturated[101] = 9
  panel.flats[0].saturated[200] = 3
  panel.flats[0].saturated[201] = 2
  panel.flats[1].saturated[300] = 1
  panel.flats[1].location[300] *= 2
  panel.flats[1].sd![300] *= 9
  panel.flats[1].maxStep![300] *= 9
  const { defects } = build(panel)
  t.same(
    [100, 101, 200, 201, 300].map((i) => defects.data[i]),
    [DEFECT_FLAGS.hot, 0, DEFECT_FLAGS.nonLinear, 0, 0]
  )
  panel.flats[0].saturated.fill(20, 0, 1000)
  t.match(build(panel).warnings.join('\n'), /1000 pixels saturate in the flats/)
  t.end()
})

t.test('values that are not finite stay where they are', (t) => {
  const panel = drawPanel({ rows: 96, cols: 96, frames: 12, levels: [8000, 3000], seed: 17 })
  const clean = build(panel).defects.data.slice()
  panel.darks.location[1000] = NaN
  panel.flats[0].location[3000] = Infinity
  panel.flats[0].location[3010] = NaN
  panel.flats[1].location[4000] = NaN
  panel.flats[0].sd![5000] = NaN
  panel.flats[0].location[6000] = -3
  const { data } = build(panel).defects
  for (const i of [1000, 3000, 3010, 6000]) {
    t.equal(data[i] & DEFECT_FLAGS.dead, DEFECT_FLAGS.dead, `pixel ${i}`)
    data[i] = clean[i]
  }
  assertClose(t, data, clean, 'every other pixel as before')
  t.end()
})

t.test('options: e2597, user flags, unknown saturation, fractional values', (t) => {
  const faults = new Map<number, Fault>([
    [1000, { darkNoise: 4 }],
    [1500, { darkNoise: 12 }],
    [2500, { offset: 400 }]
  ])
  const panel = drawPanel({ rows: 64, cols: 64, frames: 30, faults, seed: 18 })
  const noisy = (options: DefectRuleOptions): number[] =>
    [...build(panel, options).defects.data.entries()].filter(([, flags]) => (flags & DEFECT_FLAGS.noisy) !== 0).map(([i]) => i)
  t.same(noisy({}), [1000, 1500])
  t.same(noisy({ noisyRule: 'e2597' }), [1500], '6 x the median misses a pixel of 4 x')
  t.same(noisy({ noisyFactor: 30 }), [])
  const userFlags = { data: new Uint32Array(64 * 64), shape: [64, 64] as const }
  userFlags.data[77] = DEFECT_FLAGS.lagging
  userFlags.data[90] = DEFECT_FLAGS.unrepairable
  const flagged = build(panel, { userFlags })
  t.same([flagged.defects.data[77], flagged.defects.data[90]], [DEFECT_FLAGS.lagging | DEFECT_FLAGS.user, DEFECT_FLAGS.unrepairable])
  t.equal(flagged.counts.user, 1)
  t.equal(userFlags.data[77], DEFECT_FLAGS.lagging, 'not changed')
  const unknown = build(panel, { saturation: null })
  t.match(unknown.warnings.join('\n'), /saturation is unknown/)
  t.equal(unknown.defects.data[2500], DEFECT_FLAGS.hot)
  // Frames scaled to 0 .. 1: the same map but for what depends on DN.
  const scale = 1 / 16384
  const scaled = (stack: StackSummary): StackSummary => {
    const times = (map: Float32Array | null): Float32Array => map!.map((value) => value * scale)
    const { location, locationErrors, sd, clippedSd, maxStep, thirdStep, evenHalf, oddHalf } = stack
    return {
      ...stack,
      location: times(location),
      locationErrors: times(locationErrors),
      sd: times(sd),
      clippedSd: times(clippedSd),
      maxStep: times(maxStep),
      evenHalf: times(evenHalf),
      oddHalf: times(oddHalf),
      thirdStep: thirdStep && times(thirdStep)
    }
  }
  const small = buildDefectMap({ darks: scaled(panel.darks), flats: panel.flats.map(scaled) }, { saturation: SATURATION * scale })
  assertClose(t, small.defects.data, build(panel).defects.data, 'frames scaled to 0 .. 1')
  t.end()
})

t.test('refusals', (t) => {
  const panel = drawPanel({ rows: 16, cols: 16, frames: 2 })
  const refuse = (options: object, message: RegExp): void => {
    t.throws(() => buildDefectMap(panel, options), { code: 'ERR_OPTION', message })
  }
  refuse({ deadRespons: 0.1 }, /option "deadRespons": expected one of saturation, .*readout, received a name/)
  refuse({ overResponse: 0.9 }, /option "overResponse": expected a number above 1, received 0.9/)
  refuse({ noisyProbability: 0 }, /option "noisyProbability": expected a number between 0 and 0.5, received 0/)
  refuse({ hotSigma: 'six' }, /option "hotSigma": .* received six/)
  refuse({ saturation: 0 }, /option "saturation": expected DN above 0, or null, received 0/)
  refuse({ quantum: -1 }, /option "quantum"/)
  refuse({ noisyRule: 'astm' }, /option "noisyRule": expected "statistical" or "e2597", received astm/)
  refuse({ readout: { chipColumns: 0.5 } }, /option "readout.chipColumns"/)
  refuse({ readout: { midline: 16 } }, /option "readout.midline": expected a row from 1 to 15/)
  t.throws(() => buildDefectMap(panel, { userFlags: { data: new Uint32Array(4), shape: [2, 2] } }), {
    code: 'ERR_SHAPE',
    message: /user flags/
  })
  const { darks, flats } = panel
  t.throws(() => buildDefectMap({ darks: flats[0], flats }), { code: 'ERR_STACK', message: /darks: expected a stack of darks/ })
  t.throws(() => buildDefectMap({ darks, flats: [] }), { code: 'ERR_STACK', message: /flats: expected at least one level, received none/ })
  t.throws(() => buildDefectMap({ darks, flats: [darks] }), { code: 'ERR_STACK', message: /flats 1: expected a stack of flats/ })
  t.throws(() => buildDefectMap({ darks, flats: [...flats, drawPanel({ rows: 8, cols: 16, frames: 2 }).flats[0]] }), {
    code: 'ERR_SHAPE',
    message: /flats 2/
  })
  const empty = { ...flats[0], location: new Float32Array(256) }
  t.throws(() => buildDefectMap({ darks, flats: [empty] }), {
    code: 'ERR_STACK',
    message: /flats 1: expected a median signal above the offset, received 0 DN/
  })
  t.equal(buildDefectMap(panel, { hotSigma: undefined }).defects.data.length, 256, 'undefined: the default')
  t.end()
})
