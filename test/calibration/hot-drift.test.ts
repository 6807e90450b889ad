import t from 'tap'
import { calibrate } from '../../calibration/index.js'
import { DEFECT_FLAGS } from '../../lib/maps/defect-flags.js'
import { createVirtualDetector } from '../../lib/simulation/index.js'

/** Excess dark level of planted pixels, DN, on a 16-bit panel whose noise is 2 DN: 1 % of saturation is 655 DN. */
const EXCESS = [40, 80, 120, 300, 422, 644, 800]
const place = (k: number): number => 20 + 30 * k
const detector = createVirtualDetector({
  ...{ rows: 256, cols: 256, bits: 16, electronicNoise: 2, columnNoiseSpread: 0, dsnu: 1, columnOffset: 0, chipOffset: 0 },
  defects: EXCESS.map((excess, k) => ({ class: 'hot' as const, row: place(k), col: 100, strength: excess / 65535 }))
})
const hotOnes = async (defectRules: object): Promise<number[]> => {
  const { defects } = await calibrate({ darks: detector.darks(16), flats: [detector.flats(8)] }, { bits: 16, defectRules })
  return EXCESS.filter((_, k) => (defects.data[place(k) * 256 + 100] & DEFECT_FLAGS.hot) !== 0)
}

t.test('hot is what a degree more lets drift by 5 sd of a frame: 10 % of an excess of 50 sd', async (t) => {
  // sd sqrt(4 + 1/12) = 2.02 DN: from 101 DN on.
  t.same(await hotOnes({}), [120, 300, 422, 644, 800])
})

t.test('the allowed change of temperature and the sd that may drift set the limit', async (t) => {
  t.same(await hotOnes({ hotTemperature: 2 }), [80, 120, 300, 422, 644, 800], '50.5 DN')
  t.same(await hotOnes({ hotDriftSigma: 10 }), [300, 422, 644, 800], '202 DN')
  t.same(await hotOnes({ hotDriftSigma: null }), [800], '1 % of saturation alone')
  t.same(await hotOnes({ hotDriftSigma: 100 }), [800], 'never above that')
})
