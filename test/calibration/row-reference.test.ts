import t from 'tap'
import { calibrate } from '../../calibration/index.js'
import { createVirtualDetector } from '../../lib/simulation/index.js'
import type { VirtualFrame } from '../../lib/simulation/virtual-detector.js'
import { summarizeCalibration } from '../../lib/quality/index.js'
import { DEFECT_FLAGS } from '../../lib/maps/defect-flags.js'
import { planDefects } from '../../lib/maps/plan-defects.js'

const ROWS = 400
const COLS = 96

const panel = (rowNoise: number | [number, number], shielded: [number, number][], more = {}) =>
  createVirtualDetector({
    ...{ rows: ROWS, cols: COLS, electronicNoise: 4, columnNoiseSpread: 0, rowNoise, shielded, defects: 'none', chip: 96, ...more }
  })
const stacks = (detector: ReturnType<typeof panel>) => ({ darks: [...detector.darks(24)], flats: [[...detector.flats(8)]] })

t.test('row noise and its weight are those of the detector, per half', async (t) => {
  const detector = panel(
    [2, 0.5],
    [
      [0, 20],
      [84, 96]
    ]
  )
  const { corrections, gain, defects, provenance } = await calibrate(stacks(detector), {
    readout: { midline: true },
    referenceColumns: [
      [84, 96],
      [0, 12]
    ]
  })
  const { columns, halves } = corrections!.rowReference!
  t.strictSame(columns, [
    [0, 12],
    [84, 96]
  ])
  t.strictSame(
    halves.map(({ rows }) => rows),
    [
      [0, 200],
      [200, 400]
    ]
  )
  // 200 rows x 24 frames: a variance to sqrt(2 / 4600) = 2.1 % of s^2 + S^2 / 12 (twice that for the halves' own noise), 4 sd.
  for (const [k, s] of [2, 0.5].entries()) {
    const own = (16 + 1 / 12) / 24
    t.ok(Math.abs(halves[k].rowNoise ** 2 - s * s) < 4 * 0.03 * (s * s + 2 * own), `s = ${halves[k].rowNoise}`)
    const beta = (s * s) / (s * s + own)
    t.ok(Math.abs(halves[k].weight - beta) < 4 * 0.05 * (1 - beta) + 0.05, `weight ${halves[k].weight}, ${beta}`)
  }
  t.equal(provenance.options.referenceColumns !== undefined, true)
  // Shielded columns that were not named are dead: no response; those that were are no defects, and have no gain.
  t.ok((defects.data[15] & DEFECT_FLAGS.dead) !== 0)
  t.equal(defects.data[5] & ~(DEFECT_FLAGS.noisy | DEFECT_FLAGS.unstable), DEFECT_FLAGS.unexposed)
  t.ok([0, 11, 84, 95].every((col) => gain.data[7 * COLS + col] === 0))
})

/** Least sd that weighted subtraction leaves of a row noise s known from n pixels of noise 4: s^2 (S^2 / n) / (s^2 + S^2 / n). */
t.test('what is left of the row noise is the least that can be', async (t) => {
  for (const [s, n, left] of [
    [2, 32, 0.667],
    [2, 8, 1.155],
    [0.5, 8, 0.471],
    [1, 16, 0.707]
  ] as const) {
    const cols = 4 * n
    const detector = panel(s, [[0, n]], { cols, chip: cols, chipOffset: 0, seed: n + 10 * s })
    const { corrections, offset } = await calibrate(stacks(detector), { referenceColumns: [[0, n]] })
    const [{ weight }] = corrections!.rowReference!.halves
    // Fresh darks, whose row levels the detector knows: (level - weight * measured)^2, mean over 400 rows x 8 frames.
    const levels = detector.truth.rowLevels(8, { session: 1 })
    let squares = 0
    for (const [t, { data }] of [...detector.darks(8, { session: 1 })].entries()) {
      for (let row = 0; row < ROWS; row++) {
        let sum = 0
        for (let col = 0; col < n; col++) sum += data[row * cols + col] - offset.data[row * cols + col]
        squares += (levels[t][row] - (weight * sum) / n) ** 2
      }
    }
    // The offset of a row holds a 24th of the variance of its levels, of which the weight takes beta^2: beta s^2 / 24 in all.
    const expected = Math.sqrt(left ** 2 + ((s * s) / (s * s + 16 / n)) * (s * s) * (1 / 24))
    // The mean of 3200 squares to 2.5 % (4 sd: 5 % of the sd).
    const found = Math.sqrt(squares / (8 * ROWS))
    t.ok(Math.abs(found / expected - 1) < 0.05, `s ${s}, n ${n}: ${found} DN left, ${expected} expected`)
  }
})

t.test('a panel without row noise has weight 0, whatever its pixels do', async (t) => {
  const { corrections } = await calibrate(stacks(panel(0, [[0, 16]])), { referenceColumns: [[0, 16]] })
  const [{ weight, rowNoise }] = corrections!.rowReference!.halves
  // s^2 is 0 to 4 sd of sqrt(1 / 9200) x S^2 / 8 = 0.084 DN^2 of a noise of the mean of 1 DN^2
  t.ok(weight < 0.08 && rowNoise < 0.3, `${weight} ${rowNoise}`)
})

t.test('shielded columns take no part: the exposed field has the maps that it has alone', async (t) => {
  const detector = panel(0, [[0, 16]])
  const cut = (frames: Iterable<VirtualFrame>) =>
    Array.from(frames, ({ data }) => {
      const out = new Uint16Array(ROWS * (COLS - 16))
      for (let row = 0; row < ROWS; row++) out.set(data.subarray(row * COLS + 16, (row + 1) * COLS), row * (COLS - 16))
      return { data: out, shape: [ROWS, COLS - 16] as const }
    })
  const options = { normalizeFlats: false, detrendDarks: false }
  const whole = await calibrate(stacks(detector), { ...options, referenceColumns: [[0, 16]] })
  const alone = await calibrate({ darks: cut(detector.darks(24)), flats: [cut(detector.flats(8))] }, options)
  t.equal(whole.gain.reference, alone.gain.reference)
  let apart = 0
  for (let row = 0; row < ROWS; row++) {
    for (let col = 16; col < COLS; col++) {
      const [i, j] = [row * COLS + col, row * (COLS - 16) + col - 16]
      if (whole.gain.data[i] !== alone.gain.data[j] || whole.defects.data[i] !== alone.defects.data[j]) apart++
    }
  }
  t.equal(apart, 0)
  const { defects, goodPixels } = summarizeCalibration(whole)
  const lonely = summarizeCalibration(alone)
  t.equal(defects.badPixels, lonely.defects.badPixels)
  t.equal(goodPixels, lonely.goodPixels)
  t.equal(defects.classes.unexposed, 16 * ROWS)
})

t.test('light on the shielded columns is refused with its figure', async (t) => {
  const detector = panel(1, [[0, 16]], { heel: 0.3 })
  const leaking = (part: number) => {
    const signal = detector.truth.flatSignal(0.5)
    return Array.from(detector.flats(16), ({ data, shape }) => {
      const out = data.slice()
      for (let row = 0; row < ROWS; row++) {
        const leak = part * (signal.subarray(row * COLS + 16, (row + 1) * COLS).reduce((sum, value) => sum + value, 0) / (COLS - 16))
        // Fractions of a DN by dithering: the mean of 16 pixels and 16 frames is right to 0.03 DN.
        for (let col = 0; col < 16; col++) out[row * COLS + col] += Math.floor(leak + Math.random())
      }
      return { data: out, shape }
    })
  }
  const darks = [...detector.darks(24)]
  const options = { referenceColumns: [[0, 16]] as const }
  await t.rejects(calibrate({ darks, flats: [leaking(0.002)] }, options), {
    code: 'ERR_STACK',
    message: /0\.(19|20|2|21)\d* % of the mean signal/
  })
  await t.resolves(calibrate({ darks, flats: [leaking(0)] }, options))
})

t.test('columns that cannot be are refused', async (t) => {
  const { darks, flats } = stacks(panel(1, [[0, 16]]))
  for (const [columns, message] of [
    [[], /one range/],
    [[[0, 200]], /inside 0 to 96/],
    [[[-1, 4]], /inside/],
    [[[4, 4]], /inside/],
    [[[0.5, 4]], /inside/],
    [['0:16'], /inside/],
    [
      [
        [0, 9],
        [8, 12]
      ],
      /overlap/
    ],
    [[[0, 96]], /at most a quarter/]
  ] as const) {
    const referenceColumns = columns as unknown as [number, number][]
    await t.rejects(calibrate({ darks, flats }, { referenceColumns }), { code: 'ERR_OPTION', message })
  }
  await t.rejects(calibrate({ darks, flats }, { referenceColumns: [[0, 3]] }), { code: 'ERR_STACK', message: /4 good reference pixels/ })
  await t.rejects(calibrate({ darks: darks.slice(0, 1), flats }, { referenceColumns: [[0, 16]] }), {
    code: 'ERR_STACK',
    message: /two darks/
  })
})

t.test('the panel ends where it is not exposed: nothing is repaired there, or from there', async (t) => {
  const shape = [5, 12] as const
  const whole = { shape, data: new Uint32Array(60) }
  for (let i = 0; i < 60; i++) if (i % 12 < 4) whole.data[i] = DEFECT_FLAGS.unexposed | (i % 3 === 0 ? DEFECT_FLAGS.noisy : 0)
  const cut = { shape: [5, 8] as const, data: new Uint32Array(40) }
  for (const [row, col] of [
    [2, 0],
    [0, 0],
    [3, 1],
    [1, 5]
  ]) {
    cut.data[row * 8 + col] = DEFECT_FLAGS.dead
    whole.data[row * 12 + col + 4] = DEFECT_FLAGS.dead
  }
  const place = (i: number): number => Math.floor(i / 8) * 12 + (i % 8) + 4
  const [a, b] = [planDefects(whole), planDefects(cut)]
  t.strictSame([...a.targets], [...b.targets].map(place))
  t.strictSame([...a.sources], [...b.sources].map(place))
  t.strictSame([...a.weights], [...b.weights])
  t.strictSame([...a.flags], [...b.flags])
})

t.test('a defect that is shut in by what is not exposed is left as it is', async (t) => {
  const data = new Uint32Array(49)
  data[24] = DEFECT_FLAGS.dead
  for (const i of [16, 17, 18, 23, 25, 30, 31, 32]) data[i] = DEFECT_FLAGS.unexposed
  t.equal(planDefects({ shape: [7, 7], data }).targets.length, 0)
})
