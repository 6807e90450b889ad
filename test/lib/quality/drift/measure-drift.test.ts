import t from 'tap'
import type { Test } from 'tap'
import { DEFECT_FLAGS } from '../../../../lib/maps/defect-flags.js'
import { measureDrift } from '../../../../lib/quality/drift/measure-drift.js'
import { gaussianSource } from '../../../fixtures/gaussian-source.js'
import { knownNoiseCalibration } from '../../../fixtures/known-noise-calibration.js'
import { streamOf } from '../../../fixtures/make-frames.js'
import type { CalibrationSet } from '../../../../lib/maps/calibration-set.js'
import type { Shape } from '../../../../lib/frame/shape.js'

const shape: Shape = [200, 200]
const size = 40000
const DARK = 3
const FLAT = Math.sqrt(109) // 9 of the dark, 0.1 x 1000 of the photons
const near = (t: Test, received: number | null, expected: number, tolerance: number, message: string): void => {
  t.ok(received !== null && Math.abs(received - expected) <= tolerance, `${message}: ${received}, expected ${expected} +- ${tolerance}`)
}
const map = (value: (i: number) => number) => ({ data: Float32Array.from({ length: size }, (_, i) => value(i)), shape })
const normal = gaussianSource(41)
const level = (i: number): number => 500 + (i % 200)

/** A calibration from 16 darks and 16 flats, drawn: maps with the noise that such maps have, one gain map for one offset map. */
function drawCalibration(): CalibrationSet {
  const offsetError = map(() => (DARK / 4) * normal()).data
  const chi = () => {
    let squares = 0
    for (let k = 0; k < 15; k++) squares += normal() ** 2
    return Math.sqrt(squares / 15)
  }
  const base = knownNoiseCalibration({ shape, level: 1000 })
  return {
    ...base,
    serialNumber: 'A1',
    offset: map((i) => level(i) + offsetError[i]),
    noise: map(() => DARK * chi()),
    gain: { ...map((i) => 1000 / (1000 + (FLAT / 4) * normal() - offsetError[i])), reference: 1000 },
    provenance: { ...base.provenance, created: '2026-03-01T08:00:00Z', temperature: 24, mode: { binning: '1x1' } }
  }
}
const calibration = drawCalibration()
const pattern = map(() => normal()).data
const darks = (count: number, drift = 0, amplitude = 0, info = {}) =>
  Array.from({ length: count }, () => ({ ...map((i) => level(i) + drift + amplitude * pattern[i] + DARK * normal()), info }))
const flats = (count: number, drift = 0, amplitude = 0) =>
  Array.from({ length: count }, (_, n) =>
    map((i) => level(i) + drift + (1 + 0.01 * n) * (1000 + 1000 * amplitude * pattern[i]) + FLAT * normal())
  )
const rule = (drift: Awaited<ReturnType<typeof measureDrift>>, name: string) => drift.rules.find((item) => item.name === name)!

t.test('darks like those of the calibration: sqrt(1/M + 1/N) of the noise, not stale; one and eight darks agree', async (t) => {
  for (const count of [1, 8]) {
    const drift = await measureDrift({ darks: streamOf(darks(count) as any) }, calibration)
    // Mean over 40 000 pixels: 3 sqrt(1/M + 1/16) / 200 = 0.016 DN at most; four of them.
    near(t, drift.offsetDriftDn, 0, 0.064, 'drift')
    // Robust sd of 40 000 values: 1.17 / sqrt(80 000) = 0.41 %; five of them.
    near(t, drift.offsetPatternSdDn! / (DARK * Math.sqrt(1 / count + 1 / 16)), 1, 0.021, `pattern, ${count} darks`)
    near(
      t,
      drift.expectedOffsetPatternSdDn! / (DARK * Math.sqrt(1 / count + 1 / 16)),
      1,
      0.006,
      'its expectation: the median of s is put right'
    )
    near(t, drift.offsetPatternExcessPercent, 0, 2.1, 'excess of a single dark')
    t.strictSame(
      [drift.stale, drift.newDefects, drift.newKernelPixels, drift.darkFrames, drift.flatFrames, drift.usedPixels],
      [false, 0, 0, count, 0, size]
    )
    t.match(rule(drift, 'gainPatternToTemporalRatio'), { exceeded: null, figure: null, reason: 'no flats', limit: 0.3 })
  }
})

t.test('a drift of the level, a pattern in the offset: found at their size, stale by their rule', async (t) => {
  const shifted = await measureDrift({ darks: darks(4, -2) }, calibration)
  near(t, shifted.offsetDriftDn, -2, 0.04, 'drift')
  near(t, shifted.offsetDriftInNoise, -2 / 3, 0.02, 'in noise')
  t.strictSame(
    shifted.rules.filter(({ exceeded }) => exceeded).map(({ name }) => name),
    ['offsetDriftInNoise']
  )
  t.equal(shifted.stale, true)
  t.equal((await measureDrift({ darks: darks(4, -2) }, calibration, { limits: { offsetDriftInNoise: 0.8 } })).stale, false)
  for (const count of [1, 8]) {
    const drift = await measureDrift({ darks: darks(count, 0, 1.5) }, calibration)
    // A single dark: sqrt(9 (1 + 1/16) + 1.5^2) over sqrt(9 (1 + 1/16)) = 1.1114; 0.41 % of the sd, five of them.
    near(t, drift.offsetPatternExcessPercent, 11.14, 2.3, `excess, ${count} darks`)
    t.strictSame(
      drift.rules.filter(({ exceeded }) => exceeded).map(({ name }) => name),
      ['offsetPatternExcessPercent']
    )
  }
  // The mean of the darks instead of the frames.
  const frames = darks(8, 1)
  const mean = map((i) => frames.reduce((sum, { data }) => sum + data[i], 0) / 8)
  const whole = await measureDrift({ darks: frames }, calibration)
  t.strictSame(await measureDrift({ darks: { mean, frames: 8 } }, calibration), whole)
})

t.test('the darks that made the map: less spread than noise gives is no pattern, the calibration is not stale', async (t) => {
  // Mean dark = offset map, so the spread is 0 and the excess sqrt((1 - 1/16) / (1 + 1/16)) - 1, beyond the limit of 5 % but below 0.
  const drift = await measureDrift({ darks: { mean: calibration.offset, frames: 16 } }, calibration)
  near(t, drift.offsetPatternSdDn, 0, 0, 'spread')
  near(t, drift.offsetPatternExcessPercent, 100 * (Math.sqrt(15 / 17) - 1), 1e-9, 'excess')
  t.equal(rule(drift, 'offsetPatternExcessPercent').exceeded, false)
  t.equal(drift.stale, false)
})

t.test('flats: the noise of the gain map is no drift, a gain that changed by 0.5 % is', async (t) => {
  const calm = await measureDrift({ darks: darks(8, 1), flats: flats(8, 1) }, calibration)
  // The flats are 0 to 7 % brighter than the reference, 3.5 % in the mean; the pattern of the map grows with them, the noise drawn does not.
  // Covariance of halves of four: sampling sd (109 / 4 + 109 / 16) / 200 = 0.17 DN^2; the fit of a surface adds nothing.
  near(t, calm.residualPatternDn! ** 2, (1.035 ** 2 * 109) / 16, 0.8, 'what the map leaves')
  near(t, calm.expectedResidualPatternDn! ** 2, (1.035 ** 2 * 109) / 16, 0.1, 'and its prediction')
  near(t, calm.gainDriftVarianceDn2, 0, 1, 'no drift')
  // Seven pairs of 40 000 pixels: 0.13 to 0.19 %; bringing flats to one mean, to first order, changes nothing.
  near(t, calm.temporalNoiseDn, FLAT, 0.1, 'temporal noise')
  near(t, calm.flatLevelChangePercent, 3.5, 0.1, 'level')
  t.ok(calm.gainPatternToTemporalRatio! < 0.1)
  t.equal(calm.stale, false)
  const changed = await measureDrift({ flats: flats(8, 0, 0.005) }, calibration)
  near(t, changed.gainDriftPercent, 0.5, 0.02, 'gain drift')
  // 0.5 % of 1035 DN over 10.44 DN.
  near(t, changed.gainPatternToTemporalRatio, 5.175 / FLAT, 0.02, 'over the temporal noise')
  t.match(rule(changed, 'gainPatternToTemporalRatio'), { exceeded: true, unit: '' })
  t.strictSame([changed.stale, changed.offsetDriftDn, changed.unknown.offsetDriftDn, changed.flatFrames], [true, null, 'no darks', 8])
  // A gain map said to be noisier than it is: the variance is negative and keeps its sign.
  const less = await measureDrift({ flats: flats(4) }, { ...calibration, flatFrames: 4 })
  t.ok(less.gainDriftVarianceDn2! < -10)
  t.match(less, {
    gainDriftPercent: null,
    gainPatternToTemporalRatio: 0,
    unknown: { gainDriftPercent: /smaller than the noise of the maps/ }
  })
})

t.test('new defects in darks and flats, and the cluster kernel pixels that they make', async (t) => {
  const at = (row: number, col: number): number => row * 200 + col
  const defects = { data: new Uint32Array(size), shape }
  for (const [row, col] of [
    [49, 49],
    [49, 50],
    [49, 51],
    [50, 49]
  ])
    defects.data[at(row, col)] = DEFECT_FLAGS.dead
  const known = { ...calibration, defects }
  const hot = (frames: { data: Float32Array }[], pixels: [number, number][], by: number) => {
    for (const { data } of frames) for (const [row, col] of pixels) data[at(row, col)] += by
    return frames as any
  }
  const drift = await measureDrift(
    {
      darks: hot(
        darks(8),
        [
          [50, 50],
          [100, 10]
        ],
        30
      ),
      flats: hot(hot(flats(8), [[50, 50]], 90), [[150, 20]], -80)
    },
    known
  )
  // (50, 50) becomes the fourth bad neighbour of (49, 50), and has four itself.
  t.strictSame(
    [drift.newDarkDefects, drift.newFlatDefects, drift.newDefects, drift.newKernelPixels, drift.defectivePixels],
    [2, 2, 3, 2, 4]
  )
  t.strictSame(
    drift.positions.map(({ row, col }) => [row, col]),
    [
      [50, 50],
      [100, 10],
      [150, 20]
    ]
  )
  near(t, drift.positions[0].offsetChangeDn!, 30, 6, 'in the dark')
  near(t, drift.positions[0].deviationPercent!, 9, 2, 'and in the flats')
  t.strictSame(
    drift.rules.filter(({ exceeded }) => exceeded).map(({ name }) => name),
    ['newKernelPixels']
  )
  const many = await measureDrift(
    {
      darks: hot(
        darks(2),
        Array.from({ length: 30 }, (_, k) => [2 + 6 * k, 77]),
        60
      )
    },
    known,
    { maximumPositions: 5 }
  )
  t.strictSame([many.newDefects, many.positions.length, rule(many, 'newDefects').exceeded], [30, 5, true])
  // A noisy pixel far away from its offset is no new defect; a bad pixel never matters.
  const noise = { data: calibration.noise!.data.slice(), shape }
  noise.data[at(9, 9)] = 40
  const quiet = await measureDrift({ darks: hot(hot(darks(1), [[9, 9]], 60), [[49, 49]], 9999) }, { ...known, noise })
  t.equal(quiet.newDefects, 0)
})

t.test('age and temperature, of the frames or as told; another mode is refused', async (t) => {
  const info = { time: '2026-03-02T09:00:00Z', temperature: 27.5, mode: { binning: '1x1', frameRate: 2 }, serialNumber: 'A1' }
  const drift = await measureDrift({ darks: darks(1, 0, 0, info) }, calibration)
  t.strictSame([drift.ageHours, drift.temperatureChange, drift.stale], [25, 3.5, true])
  t.match(rule(drift, 'ageHours'), { exceeded: true, limit: 24, unit: 'h' })
  const told = await measureDrift({ darks: darks(1, 0, 0, info) }, calibration, { time: '2026-03-01T20:00:00Z', temperature: 18.5 })
  t.strictSame(
    [told.ageHours, told.temperatureChange, told.rules.filter(({ exceeded }) => exceeded).map(({ name }) => name)],
    [12, -5.5, ['temperatureChange']]
  )
  const silent = await measureDrift(
    { darks: darks(1) },
    { ...calibration, provenance: { ...calibration.provenance, created: null, temperature: null } },
    { temperature: 20 }
  )
  t.match(silent, {
    ageHours: null,
    temperatureChange: null,
    stale: false,
    unknown: { ageHours: /unknown$/, temperatureChange: /unknown$/ }
  })
  await t.rejects(measureDrift({ darks: darks(1, 0, 0, { mode: { binning: '2x2' } }) }, calibration), {
    code: 'ERR_MODE',
    message: 'darks, frame 0, binning: expected 1x1 as in the calibration, received 2x2'
  })
  const other = flats(1).map((frame) => ({ ...frame, info: { serialNumber: 'B2' } }))
  await t.rejects(measureDrift({ flats: other }, calibration), { code: 'ERR_MODE', message: /^flats, frame 0, serial number: expected A1/ })
})

t.test('what cannot be known is null with its reason; what makes no sense is refused', async (t) => {
  const bare = await measureDrift({ darks: darks(1, 3), flats: flats(4) }, { ...calibration, noise: null, serialNumber: null })
  near(t, bare.offsetDriftDn, 3, 0.1, 'the drift itself needs no noise map')
  t.match(bare, { offsetDriftInNoise: null, offsetPatternExcessPercent: null, gainPatternToTemporalRatio: null, stale: null })
  t.match(bare.unknown, {
    offsetDriftInNoise: /no noise map/,
    gainPatternToTemporalRatio: /no noise map/,
    stale: /neither the offset nor the gain/
  })
  // One dark has no noise whatever map stands there; a median of 16 darks is 1.447 times as noisy as their mean.
  t.match((await measureDrift({ darks: darks(1) }, { ...calibration, darkFrames: 1 })).unknown, { offsetDriftInNoise: /no noise map/ })
  const stack = { role: 'dark' as const, level: 0, frames: [], kept: 16, combine: 'median', passes: 1 }
  const median = await measureDrift({ darks: darks(4) }, { ...calibration, provenance: { ...calibration.provenance, stacks: [stack] } })
  near(t, median.expectedOffsetPatternSdDn, DARK * Math.sqrt(1 / 4 + 1.447 / 16), 0.02, 'a median')
  const unknowable = await measureDrift({ darks: darks(1) }, { ...calibration, noise: map(() => NaN) })
  t.match(unknowable.unknown, { offsetDriftInNoise: /no noise map/ })
  const zero = await measureDrift({ darks: darks(1) }, { ...calibration, noise: map(() => 0) })
  t.match(zero.unknown, { offsetDriftInNoise: /or it is 0/ })
  const one = await measureDrift({ flats: flats(1) }, calibration)
  t.match(one, {
    newFlatDefects: 0,
    residualPatternDn: null,
    stale: null,
    unknown: { residualPatternDn: 'a pattern needs two flats with good pixels in common' }
  })
  t.equal(one.unknown.flatLevelChangePercent, undefined)
  t.equal((await measureDrift({ flats: [] }, calibration)).unknown.newDefects, 'neither darks nor flats have good pixels')
  t.equal(
    (await measureDrift({ flats: [map(level)] }, { ...calibration, offset: map((i) => level(i) + 5) })).unknown.temporalNoiseDn,
    'no flat has a level above 0'
  )
  const still = map((i) => level(i) + 1000)
  const same = await measureDrift({ flats: [still, still] }, { ...calibration, gain: { ...calibration.gain, reference: 0 } })
  t.match(same.unknown, { flatLevelChangePercent: /no reference/ })
  const frozen = await measureDrift({ flats: [still, still] }, calibration)
  t.match(frozen.unknown, { gainPatternToTemporalRatio: 'the flats have no temporal noise' })
  const strip = { data: new Uint32Array(size).fill(1), shape }
  strip.data.fill(0, 0, 200)
  const narrow = await measureDrift({ darks: darks(1), flats: flats(2) }, { ...calibration, defects: strip })
  t.match(narrow.unknown, { residualPatternDn: 'too few good pixels for a second-order surface', gainDriftVarianceDn2: /too few/ })
  const empty = await measureDrift({ darks: [map(() => NaN)] }, calibration)
  t.match(empty, { offsetDriftDn: null, newDefects: null, stale: null, unknown: { offsetDriftDn: 'no good pixel' } })
  const refusals: [any, any, { code: string; message: RegExp }][] = [
    [{}, {}, { code: 'ERR_STACK', message: /^new frames: expected darks, flats or both, received neither/ }],
    [{ darks: [] }, {}, { code: 'ERR_STACK', message: /^darks: expected at least one frame/ }],
    [{ darks: { mean: still, frames: 0 } }, {}, { code: 'ERR_OPTION', message: /^darks.frames/ }],
    [{ darks: { mean: { data: new Uint16Array(4), shape: [2, 2] }, frames: 1 } }, {}, { code: 'ERR_SHAPE', message: /^mean dark/ }],
    [
      { darks: [still] },
      { limits: { ageHours: -1 } },
      { code: 'ERR_OPTION', message: /^option "limits.ageHours": expected a number of at least 0, received -1/ }
    ],
    [
      { darks: [still] },
      { limits: { age: 1 } },
      { code: 'ERR_OPTION', message: /^option "limits.age": expected one of offsetDriftInNoise, .* a name that is not known/ }
    ],
    [{ darks: [still] }, { maximumPositions: NaN }, { code: 'ERR_OPTION', message: /^option "maximumPositions"/ }]
  ]
  for (const [taken, options, error] of refusals) await t.rejects(measureDrift(taken, calibration, options), error)
})
