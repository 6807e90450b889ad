import t from 'tap'
import { createCorrector } from '../../../lib/correction/create-corrector.js'
import { DEFECT_FLAGS } from '../../../lib/maps/defect-flags.js'
import { madeCalibration } from '../../fixtures/made-calibration.js'

const shape = [6, 8] as const
const map = (value: number) => ({ data: new Float32Array(48).fill(value), shape })

function calibrationWith(flags: Uint32Array) {
  return madeCalibration(shape, 1, {
    offset: map(0),
    gain: { ...map(1), reference: 100 },
    defects: { data: flags, shape },
    saturation: null
  })
}

t.test('what no X-rays reach repairs nobody: neither by the plan nor in a damaged frame', async (t) => {
  // columns 0 and 1 are shielded and read 5; the others read 100
  const flags = Uint32Array.from({ length: 48 }, (_, i) => (i % 8 < 2 ? DEFECT_FLAGS.unexposed : 0))
  const raw = Float32Array.from({ length: 48 }, (_, i) => (i % 8 < 2 ? 5 : 100))
  raw[18] = NaN // row 2, column 2: beside the shielded ones
  for (const kernels of ['typescript', 'auto'] as const) {
    const corrector = createCorrector(calibrationWith(flags), { kernels })
    const out = corrector.correct(raw)
    t.equal(out[18], 100, 'from exposed pixels alone')
    t.match(corrector.last, { nonFinite: 1, repaired: 1, unrepaired: 0 })
    const damaged = raw.slice()
    damaged[16] = NaN
    t.ok(Number.isFinite(corrector.correct(damaged)[16]), 'a shielded pixel is filled')
    t.match(corrector.last, { nonFinite: 1, repaired: 1 }, 'and is no fault of the frame')
  }
})

t.test('a swap that shields a bad pixel, or bares one, plans anew', async (t) => {
  const bad = new Uint32Array(48)
  bad[18] = DEFECT_FLAGS.dead
  const shielded = bad.slice()
  shielded[18] |= DEFECT_FLAGS.unexposed
  const raw = new Uint16Array(48).fill(100)
  raw[18] = 7
  const corrector = createCorrector(calibrationWith(bad))
  t.equal(corrector.correct(raw)[18], 100, 'repaired')
  corrector.setCalibration(calibrationWith(shielded))
  t.equal(corrector.correct(raw)[18], 7, 'as it reads')
  corrector.setCalibration(calibrationWith(bad))
  t.equal(corrector.correct(raw)[18], 100)
})
