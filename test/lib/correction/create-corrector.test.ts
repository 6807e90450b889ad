import { spawnSync } from 'node:child_process'
import fc from 'fast-check'
import ndarray from 'ndarray'
import t from 'tap'
import { createCorrector } from '../../../lib/correction/create-corrector.js'
import { DEFECT_FLAGS } from '../../../lib/maps/defect-flags.js'
import { assertClose } from '../../fixtures/assert-close.js'
import { gaussianSource } from '../../fixtures/gaussian-source.js'
import { madeCalibration } from '../../fixtures/made-calibration.js'
import type { PixelData } from '../../../lib/frame/pixel-data.js'
import type { Shape } from '../../../lib/frame/shape.js'
import type { CalibrationSet } from '../../../lib/maps/calibration-set.js'

/** Seeded numbers from 0 to below 1 (mulberry32). */
function randomFrom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let x = Math.imul(state ^ (state >>> 15), 1 | state)
    x = (x + Math.imul(x ^ (x >>> 7), 61 | x)) ^ x
    return ((x ^ (x >>> 14)) >>> 0) / 4294967296
  }
}

interface Made {
  offset?: (i: number) => number
  gain?: (i: number) => number
  bad?: readonly number[]
  saturation?: number | null
}

/** A calibration of stated maps; offset 0, gain 1 and no bad pixel unless said. */
function calibrationOf(shape: Shape, { offset = () => 0, gain = () => 1, bad = [], saturation = null }: Made = {}): CalibrationSet {
  const count = shape[0] * shape[1]
  const defects = new Uint32Array(count)
  for (const pixel of bad) defects[pixel] = DEFECT_FLAGS.dead
  return madeCalibration(shape, 1, {
    offset: { data: Float32Array.from({ length: count }, (_, i) => offset(i)), shape },
    gain: { data: Float32Array.from({ length: count }, (_, i) => gain(i)), shape, reference: 1000 },
    defects: { data: defects, shape },
    saturation
  })
}

const copyOf = (frame: ArrayLike<number>): number[] => Array.from(frame)

t.test('(raw - offset) * gain, each step rounded to float32, negative values kept', async (t) => {
  // The loops take four pixels a turn and a rest of up to three; without fround one value in four differs, so take many.
  for (const count of [1, 2, 3, 4, 7, 11, 1003]) {
    const random = randomFrom(count)
    const maps = { offset: () => 300 * random(), gain: () => 0.5 + random() }
    const calibration = calibrationOf([1, count], maps)
    const raw = Uint16Array.from({ length: count }, () => 600 * random())
    const { data: offset } = calibration.offset
    const { data: gain } = calibration.gain
    const expected = Array.from(raw, (value, i) => Math.fround(Math.fround(value - offset[i]) * gain[i]))
    assertClose(t, createCorrector(calibration).correct(raw), expected, `${count} pixels of uint16`)
    assertClose(t, createCorrector(calibration).correct(Float32Array.from(raw)), expected, `${count} pixels of float32`)
    const quantised = expected.map((value) => Math.min(65535, Math.max(0, halfEven(value))))
    assertClose(t, createCorrector(calibration, { output: 'uint16' }).correct(raw), quantised, `${count} pixels to uint16`)
  }
})

/** Round half to even, in words: the nearer integer, of two equally near ones the even one. */
function halfEven(value: number): number {
  const floor = Math.floor(value)
  const rest = value - floor
  if (rest !== 0.5) return rest < 0.5 ? floor : floor + 1
  return floor % 2 === 0 ? floor : floor + 1
}

t.test('darks stay unbiased: no clipping at 0', async (t) => {
  // 1e6 normal values of sd 20 about the offset: mean 0 +- 4 sd / 1000; clipped it would be 0.399 sd = 7.98.
  const random = randomFrom(5)
  const raw = Float32Array.from({ length: 1e6 }, () => 100 + 20 * Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random()))
  const out = createCorrector(calibrationOf([1000, 1000], { offset: () => 100 })).correct(raw)
  const mean = out.reduce((sum, value) => sum + value, 0) / 1e6
  const sd = Math.sqrt(out.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 1e6)
  t.ok(Math.abs(mean) < 0.08, `mean ${mean}`)
  t.ok(Math.abs(sd / 20 - 1) < 0.003, `sd ${sd}`)
})

t.test('the offset is not rounded to integers', async (t) => {
  // Rounded offsets leave a pattern of sd 0.2887 DN in the average of corrected darks. 400 frames of noise 0 here: sd 0.
  const random = randomFrom(9)
  const levels = Float32Array.from({ length: 10000 }, () => 100 + 10 * random())
  const out = createCorrector(calibrationOf([100, 100], { offset: (i) => levels[i] })).correct(levels)
  assertClose(t, out, new Float32Array(10000), 'average dark')
})

t.test('a corrected calibration flat is flat', async (t) => {
  // Gain steps of 2^-8 would leave 0.11 %; float32 maps and steps leave three roundings of 2^-24.
  const random = randomFrom(3)
  const flat = Uint16Array.from({ length: 10000 }, () => 9000 + 2000 * random())
  const calibration = calibrationOf([100, 100], { offset: () => 100.25, gain: (i) => 9900 / (flat[i] - 100.25) })
  assertClose(t, createCorrector(calibration).correct(flat), new Float32Array(10000).fill(9900), 'flat', { relative: 3 * 2 ** -24 })
})

t.test('an unsigned difference does not wrap', async (t) => {
  t.strictSame(copyOf(createCorrector(calibrationOf([1, 1], { offset: () => 11 })).correct(Uint16Array.of(10))), [-1])
  t.strictSame(copyOf(createCorrector(calibrationOf([1, 1], { offset: () => 11 }), { output: 'uint16' }).correct(Uint16Array.of(10))), [0])
})

t.test('uint16 output: pedestal, half to even, clamped and counted', async (t) => {
  const table: [value: number, stored: number, clamped: number][] = [
    [0.5, 0, 0],
    [1.5, 2, 0],
    [2.5, 2, 0],
    [3.5, 4, 0],
    [0.49999997, 0, 0],
    [-0.5, 0, 0],
    [-0.50000006, 0, 1],
    [-1, 0, 1],
    [65535, 65535, 0],
    [65534.5, 65534, 0],
    [65535.496, 65535, 0],
    [65535.5, 65535, 1],
    [1e30, 65535, 1],
    [-1e30, 0, 1],
    [12345, 12345, 0]
  ]
  for (const [value, stored, clamped] of table) {
    // The value enters as float32 raw data, as minus the offset of a uint16 frame of 0, and four at once.
    const direct = createCorrector(calibrationOf([1, 1]), { output: 'uint16' })
    t.strictSame([...copyOf(direct.correct(Float32Array.of(value))), direct.last.clamped], [stored, clamped], `float32 raw ${value}`)
    const made = createCorrector(calibrationOf([1, 7], { offset: () => -value }), { output: 'uint16' })
    t.strictSame(copyOf(made.correct(new Uint16Array(7))), new Array(7).fill(stored), `uint16 raw, offset ${-value}`)
    t.equal(made.last.clamped, 7 * clamped)
  }
  const lifted = createCorrector(calibrationOf([1, 3], { offset: () => 10 }), { output: 'uint16', pedestal: 100.5 })
  t.strictSame(copyOf(lifted.correct(Uint16Array.of(0, 9, 10))), [90, 100, 100])
  t.strictSame(lifted.last.steps, ['offset', 'gain', 'quantise'].toSpliced(2, 0, 'defects'))
})

t.test('rounding before averaging is lost information: a constant 100.3 reads 100', async (t) => {
  const random = randomFrom(2)
  const raw = Float32Array.from(
    { length: 1e5 },
    () => 100.3 + 0.1 * Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
  )
  const out = createCorrector(calibrationOf([1, 1e5]), { output: 'uint16' }).correct(raw)
  // P(100.3 + N(0, 0.1) > 100.5) = 0.0228: mean 100.0228 +- 4 * 0.149 / sqrt(1e5).
  t.ok(Math.abs(out.reduce((sum, value) => sum + value, 0) / 1e5 - 100.02275) < 0.0019)
})

t.test('bad pixels are replaced before quantising, from float values', async (t) => {
  // Neighbours of 1.25 and a pedestal of 0.3: rounded first they would give 1 + 0.3, which is 1.
  const calibration = calibrationOf([3, 3], { offset: () => -1.25, bad: [4] })
  const corrector = createCorrector(calibration, { output: 'uint16', pedestal: 0.3 })
  t.equal(corrector.correct(new Uint16Array(9))[4], 2, '1.55 rounds to 2')
  const random = randomFrom(12)
  const bad = [0, 44, 45, 46, 66, 67, 133, 210]
  const noisy = calibrationOf([20, 20], { offset: () => 100 * random(), gain: () => 0.5 + random(), bad })
  const raw = Uint16Array.from({ length: 400 }, () => 65536 * random())
  const float = createCorrector(noisy).correct(raw)
  const expected = Array.from(float, (value) => Math.min(65535, Math.max(0, halfEven(Math.fround(value + 7)))))
  const integer = createCorrector(noisy, { output: 'uint16', pedestal: 7 })
  assertClose(t, integer.correct(raw), expected, 'the same as quantising the float frame')
  const clamped = Array.from(float, (value) => halfEven(Math.fround(value + 7))).filter((value) => value < 0 || value > 65535).length
  t.ok(clamped > 0)
  t.equal(integer.last.clamped, clamped)
  assertClose(t, integer.correct(Float32Array.from(raw)), expected, 'and of float32 raw frames')
  t.equal(integer.last.clamped, clamped)
})

t.test('garbage of bad pixels is not counted as clamped', async (t) => {
  const corrector = createCorrector(calibrationOf([3, 3], { gain: (i) => (i === 4 ? -1e9 : 1), bad: [4] }), { output: 'uint16' })
  const out = corrector.correct(new Uint16Array(9).fill(50))
  t.strictSame([out[4], corrector.last.clamped], [50, 0])
  const high = createCorrector(calibrationOf([3, 3], { gain: (i) => (i === 4 ? 1 : 2e4), bad: [4] }), { output: 'uint16' })
  t.equal(high.correct(new Uint16Array(9).fill(50))[4], 65535)
  t.equal(high.last.clamped, 9, 'a repaired pixel that is clamped is')
  const low = createCorrector(calibrationOf([3, 3], { gain: (i) => (i === 4 ? 1 : -1), bad: [4] }), { output: 'uint16' })
  t.equal(low.correct(new Uint16Array(9).fill(50))[4], 0)
  t.equal(low.last.clamped, 9)
})

t.test('saturation is judged on the raw value, of good pixels', async (t) => {
  const calibration = calibrationOf([1, 9], { gain: () => 0.9, saturation: 16382.5, bad: [4] })
  const raw = Uint16Array.of(16383, 16382, 16383, 0, 16383, 65535, 16384, 1, 16383)
  for (const output of ['float32', 'uint16'] as const) {
    const corrector = createCorrector(calibration, { output })
    corrector.correct(raw)
    t.equal(corrector.last.saturated, 5, `uint16 to ${output}`)
    corrector.correct(Float32Array.from(raw))
    t.equal(corrector.last.saturated, 5, `float32 to ${output}`)
    corrector.correct(new Uint16Array(9))
    t.equal(corrector.last.saturated, 0)
  }
  for (const [saturation, expected] of [
    [null, null],
    [65536, 0],
    [1e9, 0],
    [65535, 1],
    [0, 8],
    [-5, 8]
  ] as const) {
    const corrector = createCorrector(calibrationOf([1, 9], { saturation, bad: [4] }))
    corrector.correct(raw)
    t.equal(corrector.last.saturated, expected, `saturation ${saturation}`)
    corrector.correct(Float32Array.from(raw))
    t.equal(corrector.last.saturated, expected)
  }
})

t.test('what a bad pixel reads never matters', async (t) => {
  const random = randomFrom(31)
  const bad = [0, 5, 66, 67, 87, 120, 121, 122, 140, 141, 142, 160, 161, 162, 199, 219, 239, 380, 399]
  const calibration = calibrationOf([20, 20], { offset: () => 50 * random(), gain: () => 0.5 + random(), bad })
  const corrector = createCorrector(calibration)
  const raw = Float32Array.from({ length: 400 }, () => 1000 * random())
  const reference = corrector.correct(raw)
  const facts = { ...corrector.last }
  for (const poison of [65535, NaN, Infinity, -Infinity, 3e38, -0]) {
    for (const pixel of bad) raw[pixel] = poison
    assertClose(t, corrector.correct(raw), reference, `${poison} in every bad pixel`)
    t.strictSame(corrector.last, facts)
  }
})

t.test('adding dead pixels changes no good pixel', async (t) => {
  const random = randomFrom(8)
  const maps = { offset: (i: number) => i % 7, gain: (i: number) => 1 + (i % 5) / 10 }
  const raw = Uint16Array.from({ length: 400 }, () => 60000 * random())
  const without = createCorrector(calibrationOf([20, 20], maps)).correct(raw)
  const bad = [7, 90, 91, 300]
  const withDead = createCorrector(calibrationOf([20, 20], { ...maps, gain: (i) => (bad.includes(i) ? 0 : maps.gain(i)), bad })).correct(
    raw
  )
  for (const pixel of bad) withDead[pixel] = without[pixel]
  assertClose(t, withDead, without, 'bit for bit')
})

t.test('a value that is not finite is bad in that frame only', async (t) => {
  const calibration = calibrationOf([9, 9], { bad: [40, 41] })
  const plane = Float32Array.from({ length: 81 }, (_, i) => 3 * Math.floor(i / 9) - 2 * (i % 9))
  for (const output of ['float32', 'uint16'] as const) {
    const corrector = createCorrector(calibration, { output, pedestal: output === 'uint16' ? 100 : 0 })
    const shift = output === 'uint16' ? 100 : 0
    const raw = plane.slice()
    // (2,2) is alone; (3,4) is a source of the bad pixel (4,4).
    raw[2 * 9 + 2] = NaN
    raw[3 * 9 + 4] = -Infinity
    raw[40] = NaN
    const out = corrector.correct(raw)
    t.equal(out[20], plane[20] + shift, 'mean of its eight neighbours: exact on a plane')
    t.ok(out.every((value) => Number.isFinite(value)))
    t.match(corrector.last, { nonFinite: 2, repaired: 4, unrepaired: 0 })
    const good = Array.from(plane.keys()).filter((i) => ![20, 31, 40, 41].includes(i))
    assertClose(
      t,
      good.map((i) => out[i]),
      good.map((i) => plane[i] + shift),
      'good pixels bit for bit'
    )
    corrector.correct(plane)
    t.match(corrector.last, { nonFinite: 0, repaired: 2, unrepaired: 0 })
  }
})

t.test('frames that are hardly finite at all', async (t) => {
  const corrector = createCorrector(calibrationOf([20, 20], { bad: [0, 210] }))
  const empty = corrector.correct(new Float32Array(400).fill(NaN))
  t.ok(empty.every((value) => value === 0))
  t.match(corrector.last, { nonFinite: 398, repaired: 0, unrepaired: 400 })
  const one = new Float32Array(400).fill(Infinity)
  one[399] = 5
  t.ok(
    corrector.correct(one).every((value) => value === 5),
    'the mean of what is finite'
  )
  // Within 5 px of the one good pixel: a square of 6 x 6 without itself; the bad pixel 210 = (10, 10) is not among them.
  t.match(corrector.last, { nonFinite: 397, repaired: 35, unrepaired: 364 })
})

t.test('every frame names its repaired pixels, with trust and variance', async (t) => {
  // 20 and 210 stand alone, (0, 19) is a corner: filled for display with the mean of its three neighbours.
  const corrector = createCorrector(calibrationOf([20, 20], { bad: [30, 19, 210] }))
  t.equal(corrector.repairs.pixels.length, 0, 'no frame yet')
  const plane = Float32Array.from({ length: 400 }, (_, i) => i)
  corrector.correct(plane)
  t.strictSame([...corrector.repairs.pixels], [19, 30, 210])
  t.strictSame([...corrector.repairs.trusted], [0, 1, 1])
  assertClose(t, corrector.repairs.varianceFactors, [1 / 3, 1 / 4, 1 / 4], 'means of 3 and 4', { relative: 2 ** -23 })
  const same = corrector.repairs
  corrector.correct(plane.map(Math.sqrt))
  t.equal(corrector.repairs, same, 'nothing is made anew')

  // One of the four neighbours of 210, a good pixel away from it, and all that lies around the corner.
  const damaged = plane.slice()
  for (const pixel of [211, 300, 18, 38, 39]) damaged[pixel] = NaN
  corrector.correct(damaged)
  const { pixels, varianceFactors, trusted } = corrector.repairs
  t.strictSame([...pixels], [18, 19, 30, 38, 39, 210, 211, 300])
  t.strictSame([...trusted], [1, 0, 1, 1, 1, 1, 1, 1])
  // 18: 17, 37 are left of its 5 neighbours; 38: 17, 37, 57, 58, 59 of 8; 39: 58, 59 of 5; 19: the ring of 2 px: 17, 37, 57, 58, 59.
  // 211: 8 neighbours without 210; 300, on the border: 5.
  assertClose(t, varianceFactors, [1 / 2, 1 / 5, 1 / 4, 1 / 5, 1 / 2, 1 / 3, 1 / 7, 1 / 5], 'means of what was finite', {
    relative: 2 ** -22
  })
  t.match(corrector.last, { nonFinite: 5, repaired: 7, unrepaired: 1 })
  corrector.correct(plane)
  t.equal(corrector.repairs, same, 'in that frame only')

  corrector.correct(new Float32Array(400).fill(NaN))
  t.equal(corrector.repairs.pixels.length, 400)
  t.ok(corrector.repairs.varianceFactors.every(Number.isNaN), 'nothing to take a value from')
  t.ok(corrector.repairs.trusted.every((flag) => flag === 0))
  const off = createCorrector(calibrationOf([20, 20], { bad: [30] }), { repair: false })
  off.correct(damaged)
  t.equal(off.repairs.pixels.length, 0)
})

t.test('the variance factor is the variance of repaired pixels in white noise', async (t) => {
  // 2 columns, a block, single pixels, a corner; gain 1, noise of variance 1. Over 4000 frames the estimate of a variance v has
  // the standard error v sqrt(2 / 4000) = 2.24 %; 5 of them for 24 pixels.
  const bad = [0, 61, 62, 81, 82, 190, 215, ...Array.from({ length: 12 }, (_, k) => 20 * k + 10), ...[335, 336, 355, 356, 375]]
  const corrector = createCorrector(calibrationOf([20, 20], { bad: [...new Set(bad)] }))
  const gauss = gaussianSource(31)
  const raw = new Float32Array(400)
  const out = new Float32Array(400)
  const squares = new Float64Array(400)
  const frames = 4000
  for (let frame = 0; frame < frames; frame++) {
    for (let i = 0; i < 400; i++) raw[i] = gauss()
    corrector.correct(raw, { out })
    for (let i = 0; i < 400; i++) squares[i] += out[i] * out[i]
  }
  const { pixels, varianceFactors } = corrector.repairs
  const measured = Array.from(pixels, (pixel) => squares[pixel] / frames)
  assertClose(t, measured, varianceFactors, 'measured', { relative: 5 * Math.sqrt(2 / frames) })
  t.ok(
    varianceFactors.every((factor) => factor < 1),
    'repaired pixels are quieter than good ones'
  )
})

t.test('a finite raw value that overflows is treated like one that is not', async (t) => {
  const corrector = createCorrector(calibrationOf([3, 3], { gain: () => 10 }))
  const raw = new Float32Array(9).fill(2)
  raw[4] = 1e38
  t.equal(corrector.correct(raw)[4], 20)
  t.equal(corrector.last.nonFinite, 1)
})

t.test('without repair bad pixels stay, and are counted', async (t) => {
  const corrector = createCorrector(calibrationOf([3, 3], { bad: [4], saturation: 9 }), { repair: false })
  t.strictSame(copyOf(corrector.correct(Uint16Array.of(1, 1, 1, 1, 9, 1, 1, 1, 1))), [1, 1, 1, 1, 9, 1, 1, 1, 1])
  t.strictSame(corrector.last, {
    generation: 1,
    steps: ['offset', 'gain'],
    saturated: 0,
    clamped: 0,
    nonFinite: 0,
    repaired: 0,
    unrepaired: 1,
    beamFactor: null,
    beamError: null,
    rowShiftSd: null
  })
  const out = corrector.correct(Float32Array.of(1, NaN, 1, 1, NaN, 1, 1, 1, 1))
  t.ok(Number.isNaN(out[1]) && Number.isNaN(out[4]))
  t.match(corrector.last, { nonFinite: 1, repaired: 0, unrepaired: 2 })
  const integer = createCorrector(calibrationOf([3, 3], { bad: [4] }), { repair: false, output: 'uint16' })
  t.strictSame(copyOf(integer.correct(Uint16Array.of(1, 1, 1, 1, 9, 1, 1, 1, 1))), [1, 1, 1, 1, 9, 1, 1, 1, 1])
})

t.test('in place of the repair: the frame gives what the frozen frame gives, in any order', async (t) => {
  // Each target is computed from the good pixels of a frozen copy, in reverse order, with the plan that the corrector shows.
  const random = randomFrom(77)
  const bad = Array.from({ length: 900 }, (_, i) => i).filter(() => random() < 0.2)
  const calibration = calibrationOf([30, 30], { bad })
  const corrector = createCorrector(calibration)
  const raw = Float32Array.from({ length: 900 }, () => 1000 * random())
  const out = corrector.correct(raw)
  const { targets, starts, sources, weights } = corrector.plan
  const expected = raw.slice()
  for (let k = targets.length - 1; k >= 0; k--) {
    let sum = 0
    let total = 0
    for (let j = starts[k]; j < starts[k + 1]; j++) {
      sum += weights[j] * raw[sources[j]]
      total += weights[j]
    }
    expected[targets[k]] = sum / total
  }
  assertClose(t, out, expected, 'bit for bit')
  t.match(corrector.last, { repaired: corrector.plan.counts.repaired, unrepaired: corrector.plan.counts.unrepairable })
})

t.test('turning the panel turns the corrected frame', async (t) => {
  fc.assert(
    fc.property(fc.integer(), fc.integer({ min: 2, max: 14 }), fc.integer({ min: 2, max: 14 }), (seed, rows, cols) => {
      const random = randomFrom(seed)
      const count = rows * cols
      const bad = Array.from({ length: count }, (_, i) => i).filter((i) => i > 0 && random() < 0.15)
      const raw = Uint16Array.from({ length: count }, () => 65536 * random())
      const direct = createCorrector(calibrationOf([rows, cols], { bad })).correct(raw)
      const flip = (i: number): number => Math.floor(i / cols) * cols + (cols - 1 - (i % cols))
      const transpose = (i: number): number => (i % cols) * rows + Math.floor(i / cols)
      for (const [move, shape] of [
        [flip, [rows, cols]],
        [transpose, [cols, rows]]
      ] as const) {
        const turned = new Uint16Array(count)
        raw.forEach((value, i) => (turned[move(i)] = value))
        const out = createCorrector(calibrationOf(shape, { bad: bad.map(move) })).correct(turned)
        // Sums in float64 differ in their order only: far below the last bit of float32 (2^-8 at 65535), which may still flip.
        for (let i = 0; i < count; i++) if (Math.abs(out[move(i)] - direct[i]) > 2 ** -8) throw new Error(`pixel ${i}`)
      }
    }),
    { numRuns: 100, seed: 4 }
  )
  t.pass('100 panels')
})

t.test('gain before repair: a repaired flat is flat', async (t) => {
  // With PRNU 1 % the wrong order leaves errors of 1.061 % of the signal at bad pixels; the right one none.
  const random = randomFrom(6)
  const response = Float32Array.from({ length: 2500 }, () => 1 + 0.01 * (random() + random() + random() - 1.5))
  const bad = Array.from({ length: 200 }, (_, k) => 51 + 12 * k)
  const calibration = calibrationOf([50, 50], { gain: (i) => 1 / response[i], bad })
  const out = createCorrector(calibration).correct(response.map((value) => 10000 * value))
  assertClose(t, out, new Float32Array(2500).fill(10000), 'every pixel', { relative: 3 * 2 ** -24 })
})

// ---- forms and types ------------------------------------------------------------------------------------------------

t.test('what comes in decides what comes out', async (t) => {
  const corrector = createCorrector(calibrationOf([2, 3], { offset: () => 1 }))
  const data = Uint16Array.of(1, 2, 3, 4, 5, 6)
  const expected = [0, 1, 2, 3, 4, 5]
  const plain = corrector.correct(data)
  t.ok(plain instanceof Float32Array)
  t.strictSame(copyOf(plain), expected)
  const frame = corrector.correct({ data, shape: [2, 3], info: { name: 'a.tif' } })
  t.strictSame([copyOf(frame.data), [...frame.shape]], [expected, [2, 3]])
  const view = corrector.correct(ndarray(data, [2, 3]))
  t.strictSame([view.shape, view.dtype, view.get(1, 0)], [[2, 3], 'float32', 3])
  const integer = createCorrector(calibrationOf([2, 3]), { output: 'uint16' }).correct(ndarray(data, [2, 3]))
  t.equal(integer.dtype, 'uint16')
  t.strictSame(copyOf(data), [1, 2, 3, 4, 5, 6], 'raw is untouched')
})

t.test('views of any stride', async (t) => {
  const corrector = createCorrector(calibrationOf([2, 3]))
  const stored = Uint16Array.from({ length: 48 }, (_, i) => i)
  const views = {
    transposed: [ndarray(stored, [3, 2]).transpose(1, 0), [0, 2, 4, 1, 3, 5]],
    reversed: [ndarray(stored, [2, 3], [-3, -1], 5), [5, 4, 3, 2, 1, 0]],
    'every second': [ndarray(stored, [4, 12]).step(2, 2).hi(2, 3), [0, 2, 4, 24, 26, 28]],
    'a region': [ndarray(stored, [6, 8]).lo(2, 3).hi(2, 3), [19, 20, 21, 27, 28, 29]]
  } as const
  for (const [name, [view, expected]] of Object.entries(views)) {
    const out = corrector.correct(view)
    t.strictSame(copyOf(out.data), expected, name)
  }
  t.strictSame(copyOf(stored.subarray(0, 4)), [0, 1, 2, 3])
  const other = ndarray(Int8Array.of(1, 2, 3, 4, 5, 6), [3, 2]).transpose(1, 0)
  t.strictSame(copyOf(corrector.correct(other).data), [1, 3, 5, 2, 4, 6], 'of another type after those')
})

t.test('every real type', async (t) => {
  const corrector = createCorrector(calibrationOf([1, 4], { offset: () => 1, saturation: 100 }))
  const types = [Uint8Array, Int8Array, Uint16Array, Int16Array, Uint32Array, Int32Array, Float32Array, Float64Array]
  for (const Type of types) {
    t.strictSame(copyOf(corrector.correct(Type.of(0, 1, 100, 127) as PixelData)), [-1, 0, 99, 126], Type.name)
    t.equal(corrector.last.saturated, 2, Type.name)
  }
  t.strictSame(copyOf(corrector.correct(Int16Array.of(-5, 0, 1, 2))), [-6, -1, 0, 1])
  t.throws(() => corrector.correct(Uint32Array.of(0, 1, 16777217, 3)), {
    code: 'ERR_FORMAT',
    message: 'raw frame: expected values that float32 holds exactly, received 16777217 at pixel 2'
  })
  t.throws(() => corrector.correct(new BigInt64Array(4) as never), {
    code: 'ERR_OPTION',
    message: /^frame data: expected a typed array of/
  })
  t.throws(() => corrector.correct(new Uint8ClampedArray(4) as never), { code: 'ERR_OPTION' })
})

t.test('into a given output, of any form', async (t) => {
  const corrector = createCorrector(calibrationOf([2, 2]))
  const raw = Uint16Array.of(1, 2, 3, 4)
  const array = new Float32Array(4)
  t.equal(corrector.correct(raw, { out: array }), array)
  t.strictSame(copyOf(array), [1, 2, 3, 4])
  const frame = { data: new Float32Array(4), shape: [2, 2] as const }
  t.equal(corrector.correct({ data: raw, shape: [2, 2] }, { out: frame }), frame)
  t.strictSame(copyOf(frame.data), [1, 2, 3, 4])
  const whole = ndarray(new Float32Array(4), [2, 2])
  t.equal(corrector.correct(ndarray(raw, [2, 2]), { out: whole }), whole)
  t.strictSame(copyOf(whole.data), [1, 2, 3, 4])
  const part = ndarray(new Float32Array(9), [2, 2], [2, 1], 3)
  t.equal(corrector.correct(raw, { out: part }), part)
  t.strictSame(copyOf(part.data), [0, 0, 0, 1, 2, 3, 4, 0, 0])
})

t.test('outputs that cannot serve are refused', async (t) => {
  const calibration = calibrationOf([2, 2])
  const corrector = createCorrector(calibration)
  const raw = Uint16Array.of(1, 2, 3, 4)
  const refused = (out: unknown, code: string, message: string | RegExp): unknown =>
    t.throws(() => corrector.correct(raw, { out: out as Float32Array }), { code, message })
  refused(new Uint16Array(4), 'ERR_OPTION', 'out: expected a Float32Array for float32 output, received [object Uint16Array]')
  refused(new Float32Array(5), 'ERR_SHAPE', 'out: expected 4 values for shape [2, 2], received 5')
  refused({ data: new Float32Array(4), shape: [1, 4] }, 'ERR_SHAPE', 'out: expected shape [2, 2], received [1, 4]')
  refused({ data: new Float64Array(4), shape: [2, 2] }, 'ERR_OPTION', /received \[object Float64Array\]/)
  refused(ndarray(new Float32Array(4), [1, 4]), 'ERR_SHAPE', /expected shape \[2, 2\]/)
  refused(
    ndarray(new Float32Array(4), [2, 2]).transpose(1, 0),
    'ERR_OPTION',
    /expected a row-major ndarray, stride \[2, 1\], received stride \[1, 2\]/
  )
  refused(ndarray(new Float32Array(4), [2, 2], [2, 1], 1), 'ERR_OPTION', /offset 1 in 4 values/)
  refused(ndarray(new Uint16Array(4), [2, 2]), 'ERR_OPTION', /a Float32Array for float32/)
  refused('nothing', 'ERR_OPTION', 'out: expected a typed array, { data, shape } or an ndarray, received nothing')
  refused(null, 'ERR_OPTION', /received null/)
  const integer = createCorrector(calibration, { output: 'uint16' })
  t.throws(() => integer.correct(raw, { out: new Float32Array(4) as never }), { message: /a Uint16Array for uint16 output/ })
  t.throws(() => integer.correct(raw, { out: raw }), {
    code: 'ERR_OPTION',
    message: 'out: expected memory apart from the raw frame, received an overlap'
  })
  const shared = new ArrayBuffer(64)
  const input = new Uint16Array(shared, 0, 4)
  t.throws(() => corrector.correct(input, { out: new Float32Array(shared, 4, 4) }), { message: /memory apart from the raw frame/ })
  t.ok(corrector.correct(input, { out: new Float32Array(shared, 8, 4) }), 'side by side is well')
  t.ok(corrector.correct(new Uint16Array(shared, 32, 4), { out: new Float32Array(shared, 8, 4) }))
  const strided = ndarray(new Float32Array(shared, 0, 8), [2, 2], [4, 2])
  t.throws(() => corrector.correct(strided, { out: new Float32Array(shared, 16, 4) }), { message: /memory apart from the raw frame/ })
  for (const [map, name] of [
    [calibration.offset, 'offset map'],
    [calibration.gain, 'gain map']
  ] as const) {
    t.throws(() => corrector.correct(raw, { out: map.data }), {
      message: `out: expected memory apart from the ${name}, received an overlap`
    })
  }
})

t.test('raw frames that do not fit are refused', async (t) => {
  const corrector = createCorrector(calibrationOf([4, 6]))
  const refused = (raw: unknown, code: string, message: string | RegExp): unknown =>
    t.throws(() => corrector.correct(raw as Uint16Array), { code, message })
  refused({ data: new Uint16Array(6), shape: [2, 3] }, 'ERR_SHAPE', 'raw frame: expected shape [4, 6], received [2, 3]')
  refused(
    { data: new Uint16Array(6), shape: [2, 3], info: { name: 'raw/7.tif' } },
    'ERR_SHAPE',
    'raw frame raw/7.tif: expected shape [4, 6], received [2, 3]'
  )
  refused({ data: new Uint16Array(23), shape: [4, 6] }, 'ERR_SHAPE', 'raw frame: expected 24 values for shape [4, 6], received 23')
  refused(new Uint16Array(23), 'ERR_SHAPE', 'raw frame: expected 24 values for shape [4, 6], received 23')
  refused(ndarray(new Uint16Array(24), [6, 4]), 'ERR_SHAPE', 'raw frame: expected shape [4, 6], received [6, 4]')
  refused(ndarray(new Uint16Array(24), [4, 6, 1]), 'ERR_SHAPE', /\[4, 6, 1\]/)
  refused(ndarray(new Uint16Array(23), [4, 6]), 'ERR_SHAPE', /inside its 23 values/)
  refused([1, 2, 3], 'ERR_OPTION', 'raw frame: expected a typed array, { data, shape } or an ndarray, received [object Array]')
  refused(undefined, 'ERR_OPTION', /received undefined/)
  refused(null, 'ERR_OPTION', /received null/)
  refused({ data: [1], shape: [1, 1] }, 'ERR_OPTION', /received \[object Object\]/)
})

t.test('modes and panels that differ are refused; what is not stated is not compared', async (t) => {
  // The made calibration states binning 1x1, 100.5 ms and the serial number SN1234 µ.
  const calibration = calibrationOf([1, 2])
  const data = Uint16Array.of(1, 2)
  const corrector = createCorrector(calibration)
  const frame = (info: object): { data: Uint16Array; shape: Shape; info: object } => ({ data, shape: [1, 2], info })
  t.ok(corrector.correct(frame({ mode: { binning: '1x1', integrationTime: 100.5, gainRange: 'low' }, serialNumber: 'SN1234 µ' })))
  t.ok(corrector.correct(frame({ mode: {} })))
  t.throws(() => corrector.correct(frame({ mode: { binning: '2x2' } })), {
    code: 'ERR_MODE',
    message: 'raw frame, binning: expected 1x1 as in the calibration, received 2x2'
  })
  t.throws(() => corrector.correct(frame({ name: 'x.tif', mode: { integrationTime: 50 } })), {
    code: 'ERR_MODE',
    message: 'raw frame x.tif, integrationTime: expected 100.5 as in the calibration, received 50'
  })
  t.throws(() => corrector.correct(frame({ serialNumber: 'SN9' })), { code: 'ERR_MODE', message: /serial number: expected SN1234 µ/ })
  const done = { code: 'ERR_MODE', message: 'raw frame: expected a frame as it was read out, received one corrected for offset, gain' }
  t.throws(() => corrector.correct(frame({ corrections: ['offset', 'gain'] })), done)
  t.ok(corrector.correct(frame({ corrections: [] })))
  const lenient = createCorrector(calibration, { allowModeMismatch: true, mode: { binning: '4x4' } })
  t.ok(lenient.correct(frame({ mode: { binning: '2x2' }, serialNumber: 'SN9' })))
  t.throws(() => lenient.correct(frame({ corrections: ['offset', 'gain'] })), done)
  t.ok(createCorrector(calibration, { allowCorrected: true }).correct(frame({ corrections: ['offset', 'gain'] })))
  t.throws(() => createCorrector(calibration, { mode: { binning: '4x4' } }), {
    code: 'ERR_MODE',
    message: 'option "mode", binning: expected 1x1 as in the calibration, received 4x4'
  })
  t.ok(createCorrector({ ...calibration, serialNumber: null }, { mode: { binning: '1x1' } }).correct(frame({ serialNumber: 'any' })))
})

t.test('options and calibrations that cannot serve are refused', async (t) => {
  const shape = [1, 2] as const
  const good = calibrationOf(shape)
  const refused = (options: object, message: string): unknown =>
    t.throws(() => createCorrector(good, options), { code: 'ERR_OPTION', message })
  refused({ output: 'uint8' }, "option \"output\": expected 'float32' or 'uint16', received uint8")
  refused({ output: 'uint16', pedestal: -1 }, 'option "pedestal": expected a number of DN from 0 to 65535, received -1')
  refused({ output: 'uint16', pedestal: NaN }, 'option "pedestal": expected a number of DN from 0 to 65535, received NaN')
  refused({ pedestal: 5 }, 'option "pedestal": expected 0 for float32 output, received 5')
  const wrong = (changed: Partial<CalibrationSet>, code: string, message: string | RegExp): unknown =>
    t.throws(() => createCorrector({ ...good, ...changed }), { code, message })
  const map = (...values: number[]): { data: Float32Array; shape: Shape; reference: number } => ({
    data: Float32Array.from(values),
    shape,
    reference: 1
  })
  wrong({ offset: map(1, NaN) }, 'ERR_CALIBRATION', 'offset map: expected finite values, received NaN at pixel 1')
  wrong({ gain: map(Infinity, 1) }, 'ERR_CALIBRATION', 'gain map: expected finite values, received Infinity at pixel 0')
  wrong({ gain: map(1, 1e36) }, 'ERR_CALIBRATION', /^offset and gain map: expected values that keep uint16 frames finite/)
  wrong({ gain: { ...map(1, 1), shape: [2, 1] } }, 'ERR_SHAPE', 'gain map: expected shape [1, 2], received [2, 1]')
  wrong({ defects: { data: new Uint32Array(4), shape: [2, 2] } }, 'ERR_SHAPE', /^defect map: expected shape/)
  wrong(
    { offset: { data: new Float64Array(2) as never, shape } },
    'ERR_CALIBRATION',
    /^offset map: expected a Float32Array, received \[object Float64Array\]/
  )
  wrong({ gain: { data: new Float64Array(2) as never, shape, reference: 1 } }, 'ERR_CALIBRATION', /^gain map: expected a Float32Array/)
  wrong({ defects: { data: new Uint8Array(2) as never, shape } }, 'ERR_CALIBRATION', /^defect map: expected a Uint32Array/)
  wrong({ saturation: NaN }, 'ERR_CALIBRATION', 'saturation: expected a finite number of DN, or null, received NaN')
  wrong(
    { defects: { data: Uint32Array.of(1, 1), shape } },
    'ERR_CALIBRATION',
    'defect map: expected at least one good pixel, received none'
  )
})

// ---- one frame after the other --------------------------------------------------------------------------------------

t.test('maps are swapped between two frames, and every frame says which were applied', async (t) => {
  const first = calibrationOf([3, 3], { offset: () => 1, bad: [4] })
  const corrector = createCorrector(first)
  const { last, plan } = corrector
  t.strictSame(last, {
    generation: 0,
    steps: ['offset', 'gain', 'defects'],
    saturated: null,
    clamped: 0,
    nonFinite: 0,
    repaired: 0,
    unrepaired: 0,
    beamFactor: null,
    beamError: null,
    rowShiftSd: null
  })
  const raw = new Uint16Array(9).fill(10)
  t.equal(corrector.correct(raw)[0], 9)
  t.equal(last.generation, 1)
  corrector.setCalibration(calibrationOf([3, 3], { offset: () => 2, bad: [4] }))
  t.equal(corrector.generation, 2)
  t.equal(last.generation, 1, 'until the next frame')
  t.equal(corrector.plan, plan, 'the same bad pixels: the plan is kept')
  t.equal(corrector.correct(raw)[0], 8)
  t.equal(last.generation, 2)
  corrector.setCalibration(calibrationOf([3, 3], { offset: () => 3, bad: [0, 4] }))
  t.not(corrector.plan, plan)
  t.equal(corrector.correct(raw)[0], 7)
  t.match(last, { generation: 3, repaired: 1, unrepaired: 1 })
  t.throws(() => corrector.setCalibration(calibrationOf([3, 4])), {
    code: 'ERR_SHAPE',
    message: 'offset map: expected shape [3, 3], received [3, 4]'
  })
  t.throws(() => corrector.setCalibration(calibrationOf([3, 3], { offset: () => NaN })), { code: 'ERR_CALIBRATION' })
  t.throws(() => corrector.setCalibration(calibrationOf([3, 3], { bad: [0, 1, 2, 3, 4, 5, 6, 7, 8] })), { code: 'ERR_CALIBRATION' })
  t.equal(corrector.correct(raw)[0], 7, 'a refused calibration changes nothing')
  t.equal(corrector.generation, 3)
  t.strictSame([...corrector.shape], [3, 3])
  t.equal(corrector.last, last, 'one object')
})

t.test('with an output given, no frame is allocated', async (t) => {
  const shape = [128, 128] as const
  const calibration = calibrationOf(shape, { bad: [5, 1000, 1001] })
  const data = new Uint16Array(16384).fill(7)
  const inputs = {
    typed: data,
    converted: Int16Array.from(data),
    float32: Float32Array.from(data),
    frame: { data, shape },
    strided: ndarray(data, [128, 128]).transpose(1, 0)
  }
  for (const [name, raw] of Object.entries(inputs)) {
    for (const output of ['float32', 'uint16'] as const) {
      const corrector = createCorrector(calibration, { output })
      const out = output === 'float32' ? new Float32Array(16384) : new Uint16Array(16384)
      const run = (frames: number): void => {
        for (let k = 0; k < frames; k++) corrector.correct(raw as Uint16Array, { out })
      }
      run(5)
      const before = process.memoryUsage().arrayBuffers
      run(100)
      // 100 frames of 32 or 64 KB would be 3 to 6 MB; typed-array memory may only fall.
      const grown = process.memoryUsage().arrayBuffers - before
      t.ok(grown < 65536, `${name} to ${output}: ${grown} bytes`)
    }
  }
})

t.test('the typed-array path works where code must not be made from strings', async (t) => {
  const program = `
    const { createCorrector } = await import(${JSON.stringify(new URL('../../../lib/index.ts', import.meta.url).href)})
    const { madeCalibration } = await import(${JSON.stringify(new URL('../../fixtures/made-calibration.ts', import.meta.url).href)})
    try { new Function('return 1'); process.exit(9) } catch {}
    const shape = [3, 3]
    const calibration = madeCalibration(shape, 1, {
      offset: { data: new Float32Array(9).fill(1), shape },
      gain: { data: new Float32Array(9).fill(2), shape, reference: 1 },
      defects: { data: Uint32Array.of(0, 0, 0, 0, 2, 0, 0, 0, 0), shape }
    })
    const raw = Uint16Array.of(2, 2, 2, 2, 65535, 2, 2, 2, 2)
    const results = []
    for (const output of ['float32', 'uint16']) {
      const corrector = createCorrector(calibration, { output })
      results.push([...corrector.correct(raw)], [...corrector.correct({ data: raw, shape }).data])
      corrector.correct(raw, { out: output === 'float32' ? new Float32Array(9) : new Uint16Array(9) })
    }
    console.log(JSON.stringify(results))`
  const strict = [...process.execArgv, '--disallow-code-generation-from-strings', '--input-type=module', '-e', program]
  const child = spawnSync(process.execPath, strict, { encoding: 'utf8' })
  t.equal(child.status, 0, child.stderr)
  t.strictSame(JSON.parse(child.stdout), new Array(4).fill(new Array(9).fill(2)))
})
