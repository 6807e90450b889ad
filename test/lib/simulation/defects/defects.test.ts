import t from 'tap'
import { createVirtualDetector } from '../../../../lib/simulation/index.js'
import { telegraphState } from '../../../../lib/simulation/telegraph-state.js'
import { BAD_PIXEL_BITS, DEFECT_FLAGS } from '../../../../lib/maps/defect-flags.js'
import { assertClose } from '../../../fixtures/assert-close.js'
import type {
  PlannedDefect,
  PlantedClass,
  VirtualDetector,
  VirtualDetectorOptions,
  VirtualFrame
} from '../../../../lib/simulation/index.js'

const Z = 5
const EVEN: VirtualDetectorOptions = Object.freeze({
  ...{ rows: 40, cols: 40, dsnu: 0, columnOffset: 0, chipOffset: 0, prnu: 0, chipGain: 0, shading: 0, heel: 0, beamSpread: 0 },
  columnNoiseSpread: 0
} as const)

function plant(...defects: PlannedDefect[]): VirtualDetector {
  return createVirtualDetector({ ...EVEN, defects })
}

function seriesOf(frames: Iterable<VirtualFrame>, pixel: number): number[] {
  return Array.from(frames, (frame) => frame.data[pixel])
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

function sd(values: readonly number[]): number {
  const centre = mean(values)
  return Math.sqrt(values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / (values.length - 1))
}

/** Flags at given pixels [row, col] and nowhere else. */
function expectFlags(detector: VirtualDetector, entries: readonly (readonly [row: number, col: number, flags: number])[]): Uint32Array {
  const expected = new Uint32Array(detector.shape[0] * detector.shape[1])
  for (const [row, col, flags] of entries) expected[row * detector.shape[1] + col] = flags
  return expected
}

const PIXEL = 10 * 40 + 20
const OPEN = 0.5 * 16383

t.test('dead: dark level and noise as usual, no response', async (t) => {
  const detector = plant({ class: 'dead', row: 10, col: 20 })
  for (const series of [seriesOf(detector.darks(400), PIXEL), seriesOf(detector.flats(400), PIXEL)]) {
    t.ok(Math.abs(mean(series) - 300) < Z * 0.2, `mean ${mean(series)}`)
    t.ok(Math.abs(sd(series) / 4.01 - 1) < Z / Math.sqrt(800), `sd ${sd(series)}`)
  }
  t.equal(detector.truth.response[PIXEL], 0)
  t.strictSame(detector.truth.defects.data, expectFlags(detector, [[10, 20, DEFECT_FLAGS.dead]]))
  const description = 'dead pixel at [10, 20], 1 off in relative response'
  t.strictSame(detector.truth.planted, [
    { class: 'dead', pixels: [PIXEL], strength: null, deviation: 1, unit: 'relative response', description }
  ])
})

t.test('stuck: one value in every frame of every stack', async (t) => {
  for (const [strength, value] of [
    [0, 0],
    [0.5, 8192],
    [1, 16383],
    [undefined, 8192]
  ] as const) {
    const defects: PlannedDefect[] = [{ class: 'stuck', row: 10, col: 20, strength }]
    const detector = createVirtualDetector({ ...EVEN, defects, beamSpread: 0.01, offsetDrift: 3, firstFrameTransient: 50 })
    const flats = [...detector.flats(5, { level: 0.1 }), ...detector.flats(5, { level: 0.9, session: 1 })]
    const stacks = [detector.darks(5), flats, [detector.expose(0.3)]]
    t.strictSame(new Set(stacks.flatMap((frames) => seriesOf(frames, PIXEL))), new Set([value]), `strength ${strength}`)
    const { offset, response, noise, defects: map } = detector.truth
    t.strictSame([offset[PIXEL], response[PIXEL], noise[PIXEL], detector.truth.flatNoise(0.5)[PIXEL]], [value, 0, 0, 0])
    t.equal(map.data[PIXEL], DEFECT_FLAGS.dead)
  }
})

t.test('hot: a higher dark level, the usual response', async (t) => {
  const detector = plant({ class: 'hot', row: 10, col: 20, strength: 0.02 })
  const rise = 0.02 * 16383
  t.ok(Math.abs(mean(seriesOf(detector.darks(100), PIXEL)) - 300 - rise) < Z * 0.4)
  t.ok(Math.abs(mean(seriesOf(detector.flats(100), PIXEL)) - 300 - rise - OPEN) < Z * 4.6)
  const description = /hot pixel at \[10, 20\], 327.7 DN above/
  t.match(detector.truth.planted[0], { deviation: rise, unit: 'DN above neighbours', description })
  t.equal(detector.truth.defects.data[PIXEL], DEFECT_FLAGS.hot)
})

t.test('over- and under-responding: response times strength', async (t) => {
  for (const [name, strength] of [
    ['overResponding', 1.4],
    ['underResponding', 0.3],
    ['underResponding', 0.8]
  ] as const) {
    const detector = plant({ class: name, row: 10, col: 20, strength })
    const level = mean(seriesOf(detector.flats(100), PIXEL)) - 300
    t.ok(Math.abs(level - strength * OPEN) < Z * 0.1 * Math.sqrt(0.25 * strength * OPEN + 16), `${name} ${strength}: ${level}`)
    t.ok(Math.abs(detector.truth.response[PIXEL] - strength) < 1e-6)
    t.ok(Math.abs(detector.truth.planted[0].deviation - Math.abs(strength - 1)) < 1e-12)
    t.equal(detector.truth.defects.data[PIXEL], DEFECT_FLAGS[name])
  }
})

t.test('noisy: electronic noise times strength', async (t) => {
  const detector = plant({ class: 'noisy', row: 10, col: 20, strength: 6 })
  const series = seriesOf(detector.darks(500), PIXEL)
  t.ok(Math.abs(sd(series) / 24 - 1) < Z / Math.sqrt(1000), `sd ${sd(series)}`)
  t.ok(Math.abs(detector.truth.noise[PIXEL] - Math.sqrt(576 + 1 / 12)) < 1e-5)
  t.match(detector.truth.planted[0], { deviation: 6, unit: 'noise ratio' })
  t.equal(detector.truth.defects.data[PIXEL], DEFECT_FLAGS.noisy)
})

t.test('level-dependent: the response changes by strength from 50 to 75 % of full scale', async (t) => {
  for (const strength of [0.05, -0.04]) {
    const detector = plant({ class: 'levelDependent', row: 10, col: 20, strength })
    const signals = [0.25, 0.5, 0.75].map((level) => {
      const expected = detector.truth.flatSignal(level)[PIXEL]
      const measured = mean(seriesOf(detector.flats(400, { level }), PIXEL)) - 300
      t.ok(Math.abs(measured - expected) < Z * 3, `level ${level}: ${measured}, expected ${expected}`)
      return expected / (level * 16383)
    })
    assertClose(t, signals, [1 - strength, 1, 1 + strength], 'relative response at 25, 50, 75 %', { absolute: 1e-6 })
    t.equal(detector.truth.defects.data[PIXEL], DEFECT_FLAGS.nonUniform)
    t.equal(detector.truth.planted[0].deviation, Math.abs(strength))
  }
  const steep = plant({ class: 'levelDependent', row: 10, col: 20, strength: -0.25 })
  t.equal(steep.truth.flatSignal(10)[PIXEL], 0, 'never negative')
})

t.test('session-dependent: the response differs in sessions of odd number', async (t) => {
  const detector = plant({ class: 'sessionDependent', row: 10, col: 20, strength: -0.1 })
  const measured = [0, 1, 2, 3].map((session) => mean(seriesOf(detector.flats(200, { session }), PIXEL)) - 300)
  assertClose(t, measured, [OPEN, 0.9 * OPEN, OPEN, 0.9 * OPEN], 'means', { absolute: (Z * 45.5) / Math.sqrt(200) })
  const object = new Float32Array(1600)
  t.ok(Math.abs(detector.expose(object, { session: 1 }).data[PIXEL] - 300) < Z * 4, 'nothing without beam')
  t.ok(Math.abs(detector.expose(object.fill(0.5), { session: 1 }).data[PIXEL] - 300 - 0.45 * OPEN) < Z * 33, 'in exposures too')
  t.equal(detector.truth.defects.data[PIXEL], DEFECT_FLAGS.nonUniform)
})

t.test('unstable: two levels, at least three switches in the first eight frames of any stack', async (t) => {
  const places = Array.from({ length: 100 }, (_, k) => ({ row: 4 * Math.floor(k / 10), col: 4 * (k % 10) }))
  const defects = places.map((at) => ({ class: 'unstable', ...at, strength: 40 }) as const)
  const detector = createVirtualDetector({ ...EVEN, defects })
  // The step is 40 sd of sqrt(16 + 1/12) DN: noise cannot hide or feign a crossing of the middle in the dark.
  const step = 40 * Math.sqrt(16 + 1 / 12)
  const least = { dark: 9, flat: 9, repeat: 0 }
  let [up, total, worst] = [0, 0, 0]
  for (let session = 0; session < 5; session++) {
    const frames = [...detector.darks(16, { session })]
    const flats = [...detector.flats(8, { session, level: 0.01 })]
    for (const {
      pixels: [pixel]
    } of detector.truth.planted) {
      const high = (stack: VirtualFrame[], middle: number) => stack.map((frame) => Number(frame.data[pixel] > middle))
      const states = high(frames, 300)
      least.dark = Math.min(least.dark, switches(states.slice(0, 8)), switches(states.slice(8)))
      least.flat = Math.min(least.flat, switches(high(flats, 300 + 0.01 * 16383)))
      up += states.reduce((sum, state) => sum + state, 0)
      total += 16
      worst = Math.max(worst, Math.abs(mean(frames.map((frame) => Math.abs(frame.data[pixel] - 300))) - step / 2))
    }
  }
  t.ok(least.dark >= 3 && least.flat >= 3, `fewest switches: ${JSON.stringify(least)}`)
  // Mean of 16 samples of sd 4: 1 DN.
  t.ok(worst < Z, `levels lie half a step on either side, within ${worst} DN`)
  // Blocks of 8 are independent and symmetric; the count per block has sd below 8/2.
  t.ok(Math.abs(up / total - 0.5) < (Z * 4) / Math.sqrt(8 * total), `up ${up} of ${total}`)
  t.strictSame(seriesOf(detector.darks(8), 0), seriesOf(detector.darks(12), 0).slice(0, 8), 'the same course again')
  t.not(courseOf(1).join(), courseOf(2).join(), 'another course in another session')
  t.strictSame(
    detector.truth.defects.data.filter((flags) => flags !== 0),
    new Uint32Array(100).fill(DEFECT_FLAGS.unstable)
  )
  t.ok(Math.abs(detector.truth.noise[0] - Math.sqrt(16 + 1 / 12)) < 1e-6, 'the flicker is not in the noise')

  function courseOf(session: number): number[] {
    return Array.from({ length: 64 }, (_, index) => telegraphState([session], index))
  }
})

function switches(states: readonly number[]): number {
  return states.filter((state, i) => i > 0 && state !== states[i - 1]).length
}

t.test('lines and clusters: flags of members, crossings and neighbours', async (t) => {
  const { dead, line, cluster, hot, noisy, badNeighbourhood } = DEFECT_FLAGS
  const lines = plant({ class: 'line', row: 0, col: 5, rows: 40 }, { class: 'weakLine', row: 30, col: 0, cols: 40, strength: 0.9 })
  const entries: [number, number, number][] = []
  for (let k = 0; k < 40; k++) {
    if (k !== 30) entries.push([k, 5, dead | line])
    entries.push([30, k, k === 5 ? dead | line : line])
  }
  t.strictSame(lines.truth.defects.data, expectFlags(lines, entries), 'a line is no cluster, nor is a crossing')
  assertClose(
    t,
    [0, 5, 6].map((col) => lines.truth.response[30 * 40 + col]),
    [0.9, 0, 0.9],
    'response',
    { relative: 1e-6 }
  )
  t.match(lines.truth.planted[1], { strength: 0.9, description: /weak line, 40 pixels from \[30, 0\], 0.1 off/ })

  const beside = plant({ class: 'line', row: 0, col: 5, rows: 20 }, { class: 'hot', row: 3, col: 6 })
  t.equal(beside.truth.defects.data[3 * 40 + 6], hot | cluster, 'a bad pixel beside a line is in a cluster')
  t.equal(beside.truth.defects.data[3 * 40 + 5], dead | line)

  const groups = plant(
    { class: 'cluster', row: 0, col: 0, rows: 2, cols: 2 },
    { class: 'cluster', row: 10, col: 10, pattern: ['#.', '.#'] },
    { class: 'cluster', row: 20, col: 20, pattern: ['###', '#.#', '###'] },
    { class: 'hot', row: 39, col: 39 },
    { class: 'noisy', row: 38, col: 38 },
    { class: 'cluster', row: 5, col: 30 }
  )
  const member = dead | cluster
  const inRing = (row: number, col: number) => (row === 21 && col === 21 ? badNeighbourhood : member)
  const ring = [20, 21, 22].flatMap((row) => [20, 21, 22].map((col) => [row, col, inRing(row, col)] as const))
  t.strictSame(
    groups.truth.defects.data,
    expectFlags(groups, [
      ...([
        [0, 0, member],
        [0, 1, member],
        [1, 0, member],
        [1, 1, member],
        [10, 10, member],
        [11, 11, member]
      ] as const),
      ...ring,
      ...([
        [39, 39, hot | cluster],
        [38, 38, noisy | cluster],
        [5, 30, dead]
      ] as const)
    ]),
    'blocks, diagonals, a ring around a good pixel, a mixed pair, a cluster of one'
  )
  t.strictSame(groups.truth.planted[1].pixels, [410, 451])
  t.equal(groups.truth.response[21 * 40 + 21], 1, 'the pixel inside the ring works')
  const corner = plant({ class: 'cluster', row: 0, col: 0, pattern: ['.#', '##'] })
  t.equal(corner.truth.defects.data[0], badNeighbourhood, 'at the border the neighbours inside the panel count')
})

t.test('noisy under exposure: the dark as usual, quantum noise times strength', async (t) => {
  const detector = plant({ class: 'noisyExposed', row: 10, col: 20, strength: 5 })
  const dark = seriesOf(detector.darks(500), PIXEL)
  t.ok(Math.abs(sd(dark) / Math.sqrt(16 + 1 / 12) - 1) < Z / Math.sqrt(1000), `sd ${sd(dark)}`)
  const flat = seriesOf(detector.flats(500), PIXEL)
  // Variance of quantum noise: systemGain * signal = 0.25 * 8191.5 DN^2, 25 times that here.
  const expected = Math.sqrt(25 * 0.25 * OPEN + 16 + 1 / 12)
  t.ok(Math.abs(sd(flat) / expected - 1) < Z / Math.sqrt(1000), `sd ${sd(flat)}, expected ${expected}`)
  t.ok(Math.abs(mean(flat) - 300 - OPEN) < (Z * expected) / Math.sqrt(500))
  t.ok(Math.abs(detector.truth.flatNoise(0.5)[PIXEL] / expected - 1) < 1e-6)
  t.match(detector.truth.planted[0], { deviation: 5, unit: 'noise ratio', description: /noisy under exposure pixel at/ })
  t.equal(detector.truth.defects.data[PIXEL], DEFECT_FLAGS.noisy)
})

t.test('non-linear: the response changes by strength from 0 to full scale', async (t) => {
  for (const strength of [0.1, -0.08, 0.9]) {
    const detector = plant({ class: 'nonLinear', row: 10, col: 20, strength })
    for (const level of [0.1, 0.4, 0.7]) {
      const expected = level * 16383 * (1 - strength * level)
      t.ok(Math.abs(detector.truth.flatSignal(level)[PIXEL] / expected - 1) < 1e-6, `${strength} at ${level}`)
      const measured = mean(seriesOf(detector.flats(200, { level }), PIXEL)) - 300
      // sd of a flat at most sqrt(0.25 * 12700 + 16) = 56 DN
      t.ok(Math.abs(measured - expected) < (Z * 57) / Math.sqrt(200), `level ${level}: ${measured}, expected ${expected}`)
    }
    t.equal(detector.truth.planted[0].deviation, Math.abs(strength))
    t.equal(detector.truth.defects.data[PIXEL], DEFECT_FLAGS.nonLinear)
  }
})

t.test('decay: what a long exposure leaves in the frames after it, more of it in a lagging pixel', async (t) => {
  const defects: PlannedDefect[] = [
    { class: 'lagging', row: 10, col: 20, strength: 4 },
    { class: 'underResponding', row: 30, col: 30, strength: 0.5 },
    { class: 'stuck', row: 1, col: 1, strength: 0.25 },
    { class: 'dead', row: 2, col: 7 }
  ]
  const detector = createVirtualDetector({ ...EVEN, lag: 0.05, defects })
  const sessions = Array.from({ length: 100 }, (_, session) => [...detector.decay(3, { level: 0.4, session })])
  for (let k = 0; k < 3; k++) {
    const at = (pixel: number) => mean(sessions.map((frames) => frames[k].data[pixel]))
    const good = (0.05 / (k + 1)) * 0.4 * 16383
    t.equal(detector.truth.lagOf(k), 0.05 / (k + 1))
    // sd of a frame: sqrt(0.25 * 4 * 328 + 16) = 19 DN at most, 100 frames each
    for (const [pixel, factor] of [
      [0, 1],
      [PIXEL, 4],
      [30 * 40 + 30, 0.5],
      [2 * 40 + 7, 0]
    ] as const) {
      t.ok(Math.abs(at(pixel) - 300 - factor * good) < (Z * 19) / 10, `frame ${k}, factor ${factor}: ${at(pixel) - 300}`)
    }
    t.equal(at(41), 4096)
  }
  const [first] = detector.decay(1, { level: 0.4, session: 7 })
  t.equal(first.data.join(), sessions[7][0].data.join(), 'the same frame again')
  t.equal(first.info?.name, 'decay 0')
  t.equal(detector.truth.defects.data[PIXEL], DEFECT_FLAGS.lagging)
  t.match(detector.truth.planted[0], { deviation: 4, unit: 'lag ratio' })
  // Elsewhere the pixel is a good one.
  t.ok(Math.abs(mean(seriesOf(detector.darks(100), PIXEL)) - 300) < Z * 0.41)
  t.throws(() => detector.decay(-1), { code: 'ERR_OPTION' })
})

t.test('unstable with a number of switches: exactly so many in every 32 frames', async (t) => {
  const counts = [0, 1, 3, 5, 16, 31]
  const defects = counts.map((number, k): PlannedDefect => ({ class: 'unstable', row: 4 * k, col: 9, strength: 40, switches: number }))
  const detector = createVirtualDetector({ ...EVEN, defects })
  const stacks = { dark: [...detector.darks(64, { session: 2 })], flat: [...detector.flats(64, { level: 0.01 })] }
  for (const [
    k,
    {
      pixels: [pixel],
      switches: planned
    }
  ] of detector.truth.planted.entries()) {
    t.equal(planned, counts[k])
    for (const [kind, level, session] of [
      ['dark', 0, 2],
      ['flat', 0.01, 0]
    ] as const) {
      const states = [...detector.truth.telegraphStates(pixel, 64, { kind, level, session })]
      t.equal(switches(states.slice(0, 32)), counts[k], `${kind}, ${counts[k]} switches`)
      t.equal(switches(states.slice(32)), counts[k])
      // The step is 160 DN, the noise 4 DN: the frames show which level it was.
      const seen = stacks[kind].map(({ data }) => Number(data[pixel] > 300 + level * 16383))
      t.strictSame(seen, states, `${kind}: the frames follow the record`)
    }
  }
  // Places of switches are equally probable: 5 of 31 in 400 courses, binomial sd sqrt(400 * 0.161 * 0.839) = 7.4.
  const places = new Array<number>(32).fill(0)
  for (let course = 0; course < 400; course++) {
    for (let i = 1; i < 32; i++) places[i] += telegraphState([course], i, 5) ^ telegraphState([course], i - 1, 5)
  }
  t.ok(
    places.slice(1).every((count) => Math.abs(count - (400 * 5) / 31) < Z * 7.4),
    `switches at each place: ${places.slice(1).join()}`
  )
  t.strictSame([...detector.truth.telegraphStates(700, 5)], [0, 0, 0, 0, 0], 'any other pixel stays')
  t.equal(plant({ class: 'unstable', row: 1, col: 1 }).truth.telegraphStates(41, 8).length, 8)
})

t.test('noisy line: one more noise for all its pixels, in no other', async (t) => {
  const detector = plant({ class: 'noisyLine', row: 0, col: 20, rows: 20, strength: 2 }, { class: 'noisyLine', row: 5, col: 0, cols: 40 })
  const frames = [...detector.darks(300)]
  const sigma = Math.sqrt(16 + 1 / 12)
  const column = frames.map(({ data }) => mean(Array.from({ length: 20 }, (_, row) => data[row * 40 + 20])))
  const beside = frames.map(({ data }) => mean(Array.from({ length: 20 }, (_, row) => data[row * 40 + 21])))
  // One pixel of the 20 lies on the row too: its share of that noise is (0.5 / 20)^2.
  const expected = sigma * Math.sqrt(4 + (0.5 / 20) ** 2 + 1 / 20)
  t.ok(Math.abs(sd(column) / expected - 1) < Z / Math.sqrt(600), `sd of the column ${sd(column)}, expected ${expected}`)
  t.ok(Math.abs(sd(beside) / (sigma * Math.sqrt(1 / 20 + (0.5 / 20) ** 2)) - 1) < Z / Math.sqrt(600), `beside it ${sd(beside)}`)
  const crossing = frames.map(({ data }) => data[5 * 40 + 20])
  t.ok(Math.abs(sd(crossing) / (sigma * Math.sqrt(1 + 4 + 0.25)) - 1) < Z / Math.sqrt(600), 'both at the crossing')
  t.equal(detector.truth.defects.data[5 * 40], DEFECT_FLAGS.line)
  t.match(detector.truth.planted[0], { deviation: 2, unit: 'sd of the dark noise' })
})

t.test('overlapping defects compose; stuck wins', async (t) => {
  const at = { row: 10, col: 20 }
  const detector = plant(
    { class: 'hot', ...at, strength: 0.1 },
    { class: 'underResponding', ...at, strength: 0.5 },
    { class: 'noisy', ...at, strength: 2 }
  )
  const { offset, response, noise, defects } = detector.truth
  assertClose(t, [offset[PIXEL], response[PIXEL], noise[PIXEL]], [300 + 1638.3, 0.5, Math.sqrt(64 + 1 / 12)], 'maps', { relative: 1e-6 })
  t.equal(defects.data[PIXEL], DEFECT_FLAGS.hot | DEFECT_FLAGS.underResponding | DEFECT_FLAGS.noisy)
  const stuck = plant({ class: 'stuck', ...at, strength: 0.25 }, { class: 'unstable', ...at }, { class: 'sessionDependent', ...at })
  t.strictSame(new Set(seriesOf(stuck.flats(8, { session: 1 }), PIXEL)), new Set([4096]))
  const moving = plant({ class: 'unstable', ...at, strength: 100 }, { class: 'levelDependent', ...at, strength: 0.1 })
  t.ok(Math.abs(moving.truth.flatSignal(0.75)[PIXEL] - 1.1 * 0.75 * 16383) < 0.01)
  t.ok(sd(seriesOf(moving.darks(8), PIXEL)) > 100, 'both at once')
  const nothing = createVirtualDetector({ ...EVEN, defects: [{ class: 'dead', row: 0, col: 0, rows: 40, cols: 40 }] })
  t.ok(
    nothing.truth.response.every((value) => value === 0),
    'a panel without a good pixel'
  )
})

t.test('the standard plan: every class, inside the panel, apart from each other, as the truth says', async (t) => {
  for (const [rows, cols, midline] of [
    [256, 256, true],
    [300, 220, false],
    [1024, 512, true]
  ] as const) {
    const detector = createVirtualDetector({ rows, cols, midline, seed: rows })
    const { planted, defects } = detector.truth
    const classes: PlantedClass[] = [
      ...(['dead', 'stuck', 'hot', 'overResponding', 'underResponding', 'noisy', 'levelDependent', 'sessionDependent'] as const),
      ...(['unstable', 'line', 'weakLine', 'cluster'] as const)
    ]
    const seen = new Set(planted.map((defect) => defect.class))
    t.strictSame(
      classes.filter((name) => !seen.has(name)),
      [],
      'every class'
    )
    const union = new Set(planted.flatMap((defect) => defect.pixels))
    const inner = [...defects.data.keys()].filter((pixel) => defects.data[pixel] !== 0 && !union.has(pixel))
    const isCentre = (pixel: number) => defects.data[pixel] === DEFECT_FLAGS.badNeighbourhood
    t.ok(inner.every(isCentre), 'nothing flagged that is not planted, but ring centres')
    t.ok(
      [...union].every((pixel) => (defects.data[pixel] & BAD_PIXEL_BITS) !== 0),
      'everything planted is flagged'
    )
    t.ok(
      defects.data.every((flags) => flags <= BAD_PIXEL_BITS),
      'no informing bits'
    )
    t.equal(closest(planted, cols) >= 4, true, 'three good pixels between any two defects')
    const fraction = [...union].filter((pixel) => !(defects.data[pixel] & DEFECT_FLAGS.line)).length / (rows * cols)
    t.ok(fraction > 1e-3 && fraction < 5e-3, `beside the lines ${fraction} of the pixels are bad`)
    const corners = [0, cols - 1, (rows - 1) * cols, rows * cols - 1]
    t.ok(
      corners.every((pixel) => defects.data[pixel] & DEFECT_FLAGS.dead),
      'all four corners'
    )
    const lengths = planted.filter((defect) => defect.class === 'line').map(({ pixels }) => pixels.length)
    const asked = [rows, rows - (rows >> 1), Math.round(rows * 0.3), cols, Math.round(cols * 0.3)]
    for (const length of asked) t.ok(lengths.includes(length), `line of ${length}`)
    const sizes = planted.filter((defect) => defect.class === 'cluster').map(({ pixels }) => pixels.length)
    for (const size of [2, 3, 4, 5, 6, 8, 9, 16, 25]) t.ok(sizes.includes(size), `cluster of ${size} pixels`)
  }
  const count = (seed: number) => createVirtualDetector({ seed }).truth.planted.length
  t.ok(count(1) >= 60 && count(2) >= 60, 'a panel of 256 x 256 holds the whole plan but for the odd line')
  const small = createVirtualDetector({ rows: 63, cols: 200 }).truth.planted
  t.ok(
    small.every((defect) => !/line/i.test(defect.class)),
    'no lines on small panels'
  )
})

/** Smallest distance (rows or columns, whichever is larger) between pixels of two defects, lines across lines left out. */
function closest(planted: VirtualDetector['truth']['planted'], cols: number): number {
  const owner = new Map<number, number>()
  planted.forEach((defect, k) => defect.pixels.forEach((pixel) => owner.set(pixel, k)))
  let least = Infinity
  for (const [pixel, k] of owner) {
    const [row, col] = [Math.floor(pixel / cols), pixel % cols]
    for (let r = row - 4; r <= row + 4; r++) {
      for (let c = Math.max(0, col - 4); c <= Math.min(cols - 1, col + 4); c++) {
        const other = owner.get(r * cols + c)
        if (other === undefined || other === k) continue
        if (/line/i.test(planted[k].class) && /line/i.test(planted[other].class)) continue
        least = Math.min(least, Math.max(Math.abs(r - row), Math.abs(c - col)))
      }
    }
  }
  return least
}

t.test('the standard plan has graded strengths on both sides of the usual thresholds', async (t) => {
  const { planted } = createVirtualDetector({ rows: 512, cols: 512 }).truth
  const strengths = (name: PlantedClass) => planted.filter((defect) => defect.class === name).map((defect) => defect.deviation)
  const limits: [PlantedClass, number][] = [
    ['hot', 0.01 * 16383],
    ['overResponding', 0.3],
    ['underResponding', 0.4],
    ['noisy', 6],
    ['unstable', 7.8]
  ]
  for (const [name, limit] of limits) {
    t.ok(Math.min(...strengths(name)) < limit, `${name}: some below ${limit}`)
    t.ok(Math.max(...strengths(name)) > 2 * limit, `${name}: some above twice ${limit}`)
  }
})

t.test('a defect that cannot be is refused by its place in the list', async (t) => {
  const at = { row: 1, col: 1 }
  const refused: [unknown, RegExp][] = [
    [null, /entry 0: expected an object/],
    [{ class: 'warm', ...at }, /entry 0, class: expected one of dead, stuck, .*, received warm/],
    [{ class: 'toString', ...at }, /entry 0, class: .* received toString/],
    [{ class: 'dead', row: 40, col: 0 }, /entry 0, row: expected an integer from 0 to 39, received 40/],
    [{ class: 'dead', row: 0, col: -1 }, /entry 0, col: expected an integer from 0 to 39, received -1/],
    [{ class: 'dead', row: 0.5, col: 1 }, /row: .* received 0.5/],
    [{ class: 'dead', col: 1 }, /row: .* received undefined/],
    [{ class: 'line', row: 30, col: 0, rows: 11 }, /entry 0, rows: expected an integer from 1 to 10, received 11/],
    [{ class: 'dead', ...at, cols: 40 }, /cols: expected an integer from 1 to 39, received 40/],
    [{ class: 'dead', ...at, cols: 0 }, /cols: .* received 0/],
    [{ class: 'line', ...at, rows: 3, cols: 2 }, /expected a line one pixel wide, received 3 x 2 pixels/],
    [{ class: 'cluster', ...at, rows: 2, pattern: ['#'] }, /either a pattern or rows and cols, received both/],
    [{ class: 'cluster', ...at, pattern: [] }, /pattern: expected strings/],
    [{ class: 'cluster', ...at, pattern: ['##', '#'] }, /pattern: expected strings of equal length .* received \["##","#"\]/],
    [{ class: 'cluster', ...at, pattern: '##' }, /pattern: expected strings/],
    [{ class: 'cluster', ...at, pattern: () => '#' }, /pattern: expected strings .* received function/],
    [{ class: 'cluster', ...at, pattern: ['..'] }, /pattern: expected at least one '#', received none/],
    [{ class: 'cluster', row: 39, col: 0, pattern: ['#', '#'] }, /rows: expected an integer from 1 to 1, received 2/],
    [{ class: 'dead', ...at, strength: 1 }, /strength: expected none for class dead, received 1/],
    [{ class: 'hot', ...at, strength: 0 }, /strength: expected a number above 0 to 1, received 0/],
    [{ class: 'stuck', ...at, strength: 1.1 }, /strength: expected a number from 0 to 1, received 1.1/],
    [{ class: 'overResponding', ...at, strength: 1 }, /strength: expected a number above 1 to 10, received 1/],
    [{ class: 'underResponding', ...at, strength: 1 }, /strength: expected a number above 0 and below 1, received 1/],
    [{ class: 'noisy', ...at, strength: NaN }, /strength: .* received NaN/],
    [{ class: 'levelDependent', ...at, strength: 0 }, /strength: expected other than 0, received 0/],
    [{ class: 'sessionDependent', ...at, strength: 0.6 }, /strength: .* received 0.6/],
    [{ class: 'unstable', ...at, strength: '3' }, /strength: .* received string/],
    [{ class: 'weakLine', ...at, strength: 1 }, /strength/],
    [{ class: 'noisyLine', ...at, rows: 2, cols: 2 }, /expected a line one pixel wide, received 2 x 2 pixels/],
    [{ class: 'noisyExposed', ...at, strength: 1 }, /strength: expected a number above 1 to 1000, received 1/],
    [{ class: 'nonLinear', ...at, strength: 0 }, /strength: expected other than 0, received 0/],
    [{ class: 'lagging', ...at, strength: 0 }, /strength: expected a number above 0 to 100, received 0/],
    [{ class: 'unstable', ...at, switches: 32 }, /switches: expected an integer from 0 to 31, received 32/],
    [{ class: 'noisy', ...at, switches: 3 }, /switches: expected them for class unstable only, received noisy/]
  ]
  for (const [defect, message] of refused) {
    t.throws(() => createVirtualDetector({ ...EVEN, defects: [defect as PlannedDefect] }), { code: 'ERR_OPTION', message }, String(message))
  }
  const second = () => plant({ class: 'dead', row: 0, col: 0 }, { class: 'dead', row: 99, col: 0 })
  t.throws(second, { code: 'ERR_OPTION', message: /option "defects", entry 1, row/ })
})
