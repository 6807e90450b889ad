import t from 'tap'
import { buildGainMap } from '../../calibration/build-gain-map.js'
import { DEFECT_FLAGS } from '../../lib/maps/defect-flags.js'
import { assertClose } from '../fixtures/assert-close.js'
import { gaussianSource } from '../fixtures/gaussian-source.js'
import { makeFrames, streamOf } from '../fixtures/make-frames.js'

const shape = [64, 64] as const
const pixels = 64 * 64
const mean = (values: ArrayLike<number>): number => Array.from(values).reduce((a, b) => a + b, 0) / values.length
const median = (values: ArrayLike<number>): number => Float64Array.from(values).sort()[values.length >> 1]
const offsetOf = (value: (i: number) => number) => ({ data: Float32Array.from({ length: pixels }, (_, i) => value(i)), shape })
const offset = offsetOf((i) => 300 + (i % 5))
const none = { data: new Uint32Array(pixels), shape }
/** Planted gain: signal of pixel i is level / (1 + 0.1 (i % 9 - 4) / 4). */
const planted = (i: number): number => 1 + (0.1 * ((i % 9) - 4)) / 4

t.test('the planted gain comes back, and the flat itself comes out at the reference', async (t) => {
  const flat = { data: Float32Array.from({ length: pixels }, (_, i) => offset.data[i] + 8000 / planted(i)), shape }
  const { gain, flatSignal, gainErrors, warnings } = await buildGainMap([flat], { offset, defects: none })
  const signal = Float64Array.from({ length: pixels }, (_, i) => 8000 / planted(i))
  // float32 flats of 8300 DN round by 2^-12 DN of 7300: 3.4e-8; the map itself by 6e-8.
  assertClose(
    t,
    gain.data,
    Array.from(signal, (value) => mean(signal) / value),
    'gain',
    { relative: 2e-7 }
  )
  t.ok(Math.abs(gain.reference / mean(signal) - 1) < 1e-7)
  assertClose(
    t,
    gain.data.map((g, i) => g * flatSignal.data[i]),
    new Float64Array(pixels).fill(gain.reference),
    'corrected flat',
    { relative: 2e-7 }
  )
  t.equal(gainErrors, null)
  t.match(warnings.join(), /flats: one frame/)
})

t.test('beam output of 1 % is no noise, and errors are those that a second set shows', async (t) => {
  const gaussian = gaussianSource(31)
  const beam = Array.from({ length: 30 }, () => 1 + 0.01 * gaussian())
  const expose = () => makeFrames(30, shape, (i, k) => offset.data[i] + (10000 * beam[k]) / planted(i) + 60 * gaussian())
  const errors = { data: new Float32Array(pixels).fill(1), shape }
  const a = await buildGainMap(expose(), { offset, offsetErrors: errors })
  // Median of s over sigma for 30 frames: 0.99319 (chi distribution); quantisation adds 1/12 DN^2; the factor bends sigma by 1 / f_t.
  const sigma = median(a.flatNoise!.data) / 0.99319
  t.ok(Math.abs(sigma / Math.sqrt(3600 + 1 / 12) - 1) < 0.01, String(sigma))
  const factors = beam.map((value) => value / mean(beam))
  // Mid-mean of some 1800 ratios of noise 0.85 %: 0.85 % / sqrt(0.84 * 1800) = 2.2e-4; 4.5 of them.
  assertClose(t, a.summary.frameFactors, factors, 'frame factors', { absolute: 1e-3 })
  const exact = await buildGainMap(expose(), { offset, offsetErrors: errors, defects: none })
  // Mean of 2025 pixels: 0.6 % / sqrt(2025) = 1.3e-4.
  assertClose(t, exact.summary.frameFactors, factors, 'over good pixels', { absolute: 6e-4 })
  const raw = await buildGainMap(expose(), { offset, normalizeFlats: false })
  t.ok(median(raw.flatNoise!.data) > 90, 'without it the beam stands in the noise')
  t.same(
    raw.summary.frameFactors,
    beam.map(() => 1)
  )
  t.equal(raw.gainErrors, null, 'errors of the offset unknown')
  // Two independent maps differ by sqrt2 of their error; the offset error is common to both and was not drawn.
  const apart = Array.from(exact.gain.data, (g, i) => (g - a.gain.data[i] * (exact.gain.reference / a.gain.reference)) ** 2)
  const said = Array.from(exact.gainErrors!.data, (e, i) => e * e - (exact.gain.data[i] / exact.flatSignal.data[i]) ** 2)
  // 4096 pixels: the ratio of variances has a standard error of sqrt(2/4096) = 2.2 %.
  t.ok(Math.abs(mean(apart) / (2 * mean(said)) - 1) < 0.1, String(mean(apart) / (2 * mean(said))))
})

t.test('dead pixels change nothing for the good ones', async (t) => {
  const gaussian = gaussianSource(37)
  const clean = makeFrames(10, shape, (i, k) => offset.data[i] + (8000 * (1 + 0.01 * (k % 3))) / planted(i) + 40 * gaussian())
  const dead = (i: number): boolean => i % 97 === 0
  const damaged = clean.map(({ data }, k) => ({ data: data.slice().map((value, i) => (dead(i) ? (i + k) % 2 : value)), shape }))
  const defects = { data: new Uint32Array(pixels).map((_, i) => (dead(i) ? DEFECT_FLAGS.dead : 0)), shape }
  const before = await buildGainMap(clean, { offset, defects })
  const after = await buildGainMap(damaged, { offset, defects })
  const good = (map: Float32Array): number[] => Array.from(map).filter((_, i) => !dead(i))
  t.equal(after.gain.reference, before.gain.reference, 'reference')
  assertClose(t, good(after.gain.data), good(before.gain.data), 'gain of the good pixels, to the bit')
  t.ok(
    Array.from(after.gain.data).every((g, i) => (dead(i) ? g === 0 : g > 0)),
    'no signal: gain 0'
  )
  t.ok([after.gain.data, after.gainErrors?.data ?? [], after.flatSignal.data].every((map) => Array.from(map).every(Number.isFinite)))
  // Before the defects are known, the median stands: 1 % of dead pixels would lower a mean by 1 %.
  const provisional = await buildGainMap(damaged, { offset })
  t.ok(Math.abs(provisional.gain.reference / median(good(before.flatSignal.data)) - 1) < 0.002)
})

t.test('frames are averaged before the division', async (t) => {
  const gaussian = gaussianSource(41)
  // At 50 quanta the mean of 1/f is 1.02 times 1/mean; averaging first leaves 1 + 0.02/400.
  const dark = offsetOf(() => 0)
  const flats = makeFrames(400, [32, 32], () => 50 + Math.sqrt(50) * gaussian())
  const { gain } = await buildGainMap(flats, {
    offset: { data: dark.data.subarray(0, 1024), shape: [32, 32] },
    combine: 'mean',
    normalizeFlats: false
  })
  t.ok(Math.abs((mean(gain.data) * 50) / gain.reference - 1) < 0.003, String((mean(gain.data) * 50) / gain.reference))
})

t.test('a pixel that saturates in more than a tenth of the flats has no gain', async (t) => {
  const flats = makeFrames(10, shape, (i, k) => (i === 5 || (i === 9 && k === 3) ? 16383 : 8000 + ((i * 3 + k) % 17)))
  const { gain } = await buildGainMap(flats, { offset, bits: 14 })
  t.equal(gain.data[5], 0)
  t.ok(gain.data[9] > 0, 'one pulse in ten is left to the clipping')
})

t.test('reference by median, by region, and what is refused', async (t) => {
  const flats = makeFrames(1, shape, (i) => 300 + (i % 5) + (i < 2048 ? 4000 : 8000) + (i % 2))
  const of = async (options: object) => (await buildGainMap(flats, { offset, ...options })).gain.reference
  t.equal(await of({ reference: 'mean' }), 6000.5)
  t.equal(await of({ reference: 'median', region: { row: 0, col: 0, rows: 32, cols: 64 } }), 4000.5)
  t.equal(await of({ reference: 'mean', region: { row: 32, col: 2, rows: 2, cols: 2 } }), 8000.5)
  await t.rejects(of({ reference: 'mode' }), { code: 'ERR_OPTION', message: /option "reference"/ })
  for (const region of [
    { row: 0, col: 0, rows: 65, cols: 1 },
    { row: -1, col: 0, rows: 2, cols: 2 },
    { row: 0, col: 0, rows: 0, cols: 1 }
  ]) {
    await t.rejects(of({ region }), { code: 'ERR_SHAPE', message: /option "region"/ })
  }
  const all = { data: new Uint32Array(pixels).fill(DEFECT_FLAGS.dead), shape }
  await t.rejects(of({ defects: all }), { code: 'ERR_CALIBRATION', message: /at least one good pixel/ })
})

t.test('a signal too small for a finite gain gives none', async (t) => {
  const flat = { data: new Float32Array(pixels).fill(1e4).fill(1e-40, 0, 1).fill(NaN, 1, 2), shape }
  const { gain, flatSignal } = await buildGainMap([flat], { offset: offsetOf(() => 0) })
  t.same([gain.data[0], gain.data[1], flatSignal.data[1]], [0, 0, 0])
})

t.test('the same bits by bands, with factors over good pixels', async (t) => {
  const gaussian = gaussianSource(43)
  const flats = makeFrames(9, shape, (i, k) => offset.data[i] + 8000 * (1 + 0.01 * k) + 40 * gaussian())
  for (const frames of [flats, flats.map(({ data }) => ({ data: Float32Array.from(data), shape }))]) {
    for (const defects of [undefined, none]) {
      const held = await buildGainMap(frames, { offset, defects })
      const bands = await buildGainMap(streamOf(frames), { offset, defects, memory: 9 * 64 * 4 * 5 })
      t.same([bands.gain.data, bands.flatNoise!.data, bands.gain.reference], [held.gain.data, held.flatNoise!.data, held.gain.reference])
    }
  }
  // Every pixel of the central half bad: the rest of the frame gives the output.
  const centre = {
    data: new Uint32Array(pixels).map((_, i) => (Math.abs((i >> 6) - 31.5) < 24 && Math.abs((i & 63) - 31.5) < 24 ? 1 : 0)),
    shape
  }
  const { summary } = await buildGainMap(flats, { offset, defects: centre })
  assertClose(
    t,
    summary.frameFactors,
    Array.from({ length: 9 }, (_, k) => (1 + 0.01 * k) / 1.04),
    'factors',
    { absolute: 1e-3 }
  )
})

t.test('float flats: saturation as stated, pixels below the offset, values missing in the frame that the others refer to', async (t) => {
  const gaussian = gaussianSource(47)
  const flats = Array.from({ length: 9 }, (_, k) => ({
    data: Float32Array.from({ length: pixels }, (_, i) =>
      i === 7
        ? 16383
        : i === 8
          ? 10
          : i % 50 === 0 && k === 0
            ? NaN
            : i % 50 === 1 && k === 4
              ? Infinity
              : offset.data[i] + 8000 * (1 + 0.01 * k) + 40 * gaussian()
    ),
    shape
  }))
  const { gain, summary, triage } = await buildGainMap(flats, { offset, bits: 14, defects: none })
  t.equal(summary.saturated[7], 9)
  t.same([gain.data[7], gain.data[8]], [0, 0], 'saturated, and without signal')
  t.same([triage.frames[1].statistics.belowOffset, triage.frames[1].statistics.saturated], [1 / pixels, 1])
  t.same([summary.saturated[50], summary.saturated[51], summary.saturated[52]], [1, 1, 0])
  // Mean of 2025 pixels of noise 0.5 %: 1.1e-4, both in frame and mean; the one saturated pixel does not tell.
  assertClose(
    t,
    summary.frameFactors,
    Array.from({ length: 9 }, (_, k) => (1 + 0.01 * k) / 1.04),
    'factors',
    { absolute: 7e-4 }
  )
  const provisional = await buildGainMap(flats, { offset, bits: 14 })
  assertClose(
    t,
    provisional.summary.frameFactors,
    Array.from({ length: 9 }, (_, k) => (1 + 0.01 * k) / 1.04),
    'before defects are known',
    { absolute: 1e-3 }
  )
})

t.test('flats that share no finite pixel give no gain', async (t) => {
  const half = (odd: number) => ({ data: Float32Array.from({ length: pixels }, (_, i) => (i % 2 === odd ? 8000 + (i % 3) : NaN)), shape })
  await t.rejects(buildGainMap([half(0), half(1)], { offset }), { code: 'ERR_CALIBRATION', message: /at least one good pixel/ })
})
