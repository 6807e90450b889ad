import t from 'tap'
import { createCorrector } from '../../../../lib/correction/create-corrector.js'
import type { BeamOptions } from '../../../../lib/correction/resolve-beam.js'
import { DEFECT_FLAGS } from '../../../../lib/maps/defect-flags.js'
import type { CalibrationSet } from '../../../../lib/maps/calibration-set.js'
import { madeCalibration } from '../../../fixtures/made-calibration.js'

const SHAPE = [96, 128] as const
const COUNT = SHAPE[0] * SHAPE[1]
const regions = [{ row: 0, col: 0, rows: 32, cols: 128 }]

function randomFrom(seed: number): () => number {
  let state = seed
  return () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) / 2 ** 32
  }
}

/** Offset 0, gain 1, one bad pixel in each tile. */
function calibrationOf(changed: Partial<CalibrationSet> = {}): CalibrationSet {
  const defects = new Uint32Array(COUNT)
  for (let row = 5; row < SHAPE[0]; row += 16) for (let col = 5; col < SHAPE[1]; col += 16) defects[row * SHAPE[1] + col] = DEFECT_FLAGS.hot
  return madeCalibration(SHAPE, 1, {
    offset: { data: new Float32Array(COUNT), shape: SHAPE },
    gain: { data: new Float32Array(COUNT).fill(1), shape: SHAPE, reference: 10_000 },
    defects: { data: defects, shape: SHAPE },
    saturation: 60_000,
    ...changed
  })
}

/** A level with triangular noise of sd 100 DN; bad pixels read 65535. */
function frameOf(
  level: number,
  { defects }: CalibrationSet,
  seed = 5,
  changed: (row: number, col: number) => number = () => 1
): Uint16Array {
  const random = randomFrom(seed)
  return Uint16Array.from({ length: COUNT }, (_, i) => {
    const noise = 100 * Math.sqrt(6) * (random() + random() - 1)
    const value = (level + noise) * changed(Math.floor(i / SHAPE[1]), i % SHAPE[1])
    return defects.data[i] ? 65_535 : Math.round(value)
  })
}

t.test('every good pixel is multiplied with level / mean, and the error is that of the mean', async (t) => {
  const calibration = calibrationOf()
  const raw = frameOf(12_500, calibration)
  const corrector = createCorrector(calibration, { beam: { regions } })
  const out = corrector.correct(raw)
  const { beamFactor, beamError, steps } = corrector.last
  t.strictSame(steps, ['offset', 'gain', 'beam', 'defects'])
  // 16 tiles of 255 pixels of sd 100 DN: 100 / sqrt(4080) DN of 12 500, within a factor that 16 tiles allow (sd of an sd: 18 %)
  const sigma = 100 / Math.sqrt(4080) / 12_500
  t.ok(Math.abs(beamFactor! - 0.8) < 5 * 0.8 * sigma, `${beamFactor}`)
  t.ok(beamError! > 0.4 * 0.8 * sigma && beamError! < 1.8 * 0.8 * sigma, `${beamError} for ${0.8 * sigma}`)
  t.equal(out[77], Math.fround(raw[77] * beamFactor!))
  const without = createCorrector(calibration)
  without.correct(raw)
  t.match(without.last, { beamFactor: null, beamError: null, rowShiftSd: null })
})

t.test('a frame of twice the values has half the factor, exactly; regions pool their tiles', async (t) => {
  const calibration = calibrationOf({ saturation: null })
  const raw = frameOf(10_000, calibration)
  const once = createCorrector(calibration, { beam: { regions } })
  once.correct(raw)
  const twice = createCorrector(calibration, { beam: { regions, level: 5000 } })
  twice.correct(raw)
  t.equal(twice.last.beamFactor! * 2, once.last.beamFactor)
  const doubled = createCorrector(calibration, { beam: { regions, level: 15_000 } })
  const doubledRaw = raw.map((value) => 2 * value)
  doubled.correct(doubledRaw)
  const single = createCorrector(calibration, { beam: { regions, level: 15_000 } })
  single.correct(raw)
  t.equal(doubled.last.beamFactor, single.last.beamFactor! / 2)
  const level = createCorrector(calibrationOf({ saturation: null }), { beam: { regions, level: 8000 } })
  level.correct(new Uint16Array(COUNT).fill(16_000))
  t.equal(level.last.beamFactor, 0.5)
  t.equal(level.last.beamError, 0)

  const halves = [0, 16].map((row) => ({ row, col: 0, rows: 16, cols: 128 }))
  const pooled = createCorrector(calibration, { beam: { regions: halves } })
  pooled.correct(raw)
  t.equal(pooled.last.beamFactor, once.last.beamFactor)
})

t.test('an object in the region is found, over half of it too, and refused or passed over', async (t) => {
  const calibration = calibrationOf()
  const air = frameOf(10_000, calibration)
  const objects: Record<string, Uint16Array> = {
    'half of the region': frameOf(10_000, calibration, 6, (_, col) => (col < 64 ? 0.7 : 1)),
    'nearly all of it': frameOf(10_000, calibration, 6, (_, col) => (col < 112 ? 0.7 : 1)),
    'one tile': frameOf(10_000, calibration, 6, (row, col) => (row < 16 && col < 16 ? 0.9 : 1)),
    'all of it': frameOf(10_000, calibration, 6, () => 0.9),
    'a beam that is off': frameOf(300, calibration),
    'a saturated region': new Uint16Array(COUNT).fill(65_535)
  }
  for (const [name, raw] of Object.entries(objects)) {
    const strict = createCorrector(calibration, { beam: { regions } })
    strict.correct(air)
    t.throws(() => strict.correct(raw), { code: 'ERR_MODE', message: /^raw frame, beam region: expected air alone/ }, name)
    const lenient = createCorrector(calibration, { beam: { regions, onObject: 'previous' } })
    if (name !== 'all of it') t.throws(() => lenient.correct(raw), { code: 'ERR_MODE' }, 'nothing went before')
    else continue
    lenient.correct(air)
    const { beamFactor, beamError } = lenient.last
    lenient.correct(raw)
    t.match(lenient.last, { beamFactor, beamError }, name)
  }
})

t.test('options of the beam', async (t) => {
  const calibration = calibrationOf()
  const wrong: [unknown, string][] = [
    [{}, 'ERR_OPTION'],
    [{ regions: [] }, 'ERR_OPTION'],
    [null, 'ERR_OPTION'],
    [{ regions, level: 0 }, 'ERR_OPTION'],
    [{ regions, onObject: 'ignore' }, 'ERR_OPTION'],
    [{ regions, tiles: 3 }, 'ERR_OPTION'],
    [{ regions: [{ row: 0, col: 0, rows: 4, cols: 128 }] }, 'ERR_OPTION'],
    [{ regions: [{ row: 90, col: 0, rows: 16, cols: 16 }] }, 'ERR_SHAPE'],
    [{ regions: [{ row: 0.5, col: 0, rows: 16, cols: 16 }] }, 'ERR_SHAPE']
  ]
  for (const [beam, code] of wrong)
    t.throws(() => createCorrector(calibration, { beam: beam as BeamOptions }), { code }, JSON.stringify(beam))
})
