import t from 'tap'
import type { Test } from 'tap'
import { DEFECT_FLAGS } from '../../../lib/maps/defect-flags.js'
import { compareCalibrations } from '../../../lib/quality/compare-calibrations.js'
import { countDefects } from '../../../lib/quality/count-defects.js'
import { summarizeCalibration } from '../../../lib/quality/summarize-calibration.js'
import { gaussianSource } from '../../fixtures/gaussian-source.js'
import { knownNoiseCalibration } from '../../fixtures/known-noise-calibration.js'
import type { Shape } from '../../../lib/frame/shape.js'

const near = (t: Test, received: number | null, expected: number, tolerance: number, message: string): void => {
  t.ok(received !== null && Math.abs(received - expected) <= tolerance, `${message}: ${received}, expected ${expected} +- ${tolerance}`)
}
const { dead, cluster, hot, clusterKernel, unrepairable, noisy } = DEFECT_FLAGS

t.test('defects are counted by class; informing bits make no pixel bad', async (t) => {
  const counts = countDefects({ data: Uint32Array.of(0, dead | cluster, dead, clusterKernel, hot | unrepairable, 1 << 31), shape: [2, 3] })
  t.match(counts, { pixels: 6, badPixels: 3, badPercent: 50 })
  t.match(counts.classes, { dead: 2, cluster: 1, hot: 1, clusterKernel: 1, unrepairable: 1, noisy: 0, gap: 0 })
  t.equal(Object.keys(counts.classes).length, Object.keys(DEFECT_FLAGS).length)
})

t.test('maps are summarized over the good pixels: a shuffled ramp has its quantiles by construction', async (t) => {
  // 2001 good values 0..2000 in an order that is not sorted, two bad pixels far outside, one value not finite.
  const shape: Shape = [1, 2004]
  const data = Float32Array.from({ length: 2004 }, (_, i) => (i < 2001 ? (i * 977) % 2001 : 1e9))
  data[2003] = NaN
  const flags = new Uint32Array(2004)
  flags[2001] = dead
  flags[2002] = noisy
  const base = knownNoiseCalibration({ shape, level: 1000 })
  const stack = {
    role: 'flat' as const,
    level: 1,
    kept: 1,
    combine: 'median',
    passes: 2,
    frames: [
      { index: 0, name: 'a.tif', sha256: null, verdict: 'dropped' as const, reason: 'no beam: 3 DN, limit 100 DN' },
      { index: 1, name: null, sha256: null, verdict: 'kept' as const, reason: null }
    ]
  }
  const summary = summarizeCalibration({
    ...base,
    offset: { data, shape },
    noise: null,
    defects: { data: flags, shape },
    provenance: { ...base.provenance, stacks: [stack], warnings: ['w'] }
  })
  t.strictSame(summary.offsetDn, { median: 1000, low: 2, high: 1998 })
  t.equal(summary.noiseDn, null)
  t.equal(summary.offsetErrorsDn, null)
  t.strictSame(summary.gain, { median: 1, low: 1, high: 1 })
  t.strictSame(summary.stacks, [
    {
      role: 'flat',
      level: 1,
      frames: 2,
      kept: 1,
      combine: 'median',
      passes: 2,
      dropped: [{ index: 0, name: 'a.tif', reason: 'no beam: 3 DN, limit 100 DN' }]
    }
  ])
  t.match(summary, { goodPixels: 2002, referenceDn: 1000, serialNumber: 'SN1234 µ', warnings: ['w'], defects: { badPixels: 2 } })
  t.strictSame(JSON.parse(JSON.stringify(summary)), summary, 'plain JSON')
  t.equal(summarizeCalibration({ ...base, defects: { data: new Uint32Array(2004).fill(dead), shape } }).gain, null, 'no good pixel')
  t.throws(() => summarizeCalibration({ ...base, offset: { data, shape: [2, 1002] } }), { code: 'ERR_SHAPE', message: /^offset map/ })
  t.throws(() => summarizeCalibration({ ...base, defects: { data: flags, shape: [2, 1002] } }), {
    code: 'ERR_SHAPE',
    message: /^defect map/
  })
})

t.test('drift, gain change and defects between two calibrations come back as planted', async (t) => {
  const shape: Shape = [200, 200]
  const normal = gaussianSource(41)
  const size = 40000
  const map = (draw: () => number) => ({ data: Float32Array.from({ length: size }, draw), shape })
  const before = { ...knownNoiseCalibration({ shape, level: 1000 }), offsetErrors: map(() => 0.3), gainErrors: map(() => 0.003) }
  const after = {
    ...knownNoiseCalibration({ shape, level: 1100 }),
    offset: map(() => 2 + 0.5 * normal()),
    offsetErrors: map(() => 0.4),
    gain: { ...map(() => 0.99 + 0.005 * normal()), reference: 1100 },
    gainErrors: map(() => 0.004)
  }
  before.defects.data.set([dead, dead | cluster, hot, 0, clusterKernel])
  after.defects.data.set([dead, 0, noisy, noisy, 0])
  // What bad pixels hold does not matter.
  after.offset.data[0] = 1e9
  after.gain.data[3] = NaN
  const changes = compareCalibrations(before, after)
  t.equal(changes.comparedPixels, size - 4)
  // Median: 1.2533 sigma / sqrt N; robust sd: 1.17 sigma / sqrt N (efficiency 37 %); four of each.
  near(t, changes.offsetDriftDn, 2, 0.0126, 'drift')
  near(t, changes.offsetChangeSdDn, 0.5, 0.012, 'pattern')
  near(t, changes.expectedOffsetChangeSdDn, 0.5, 1e-6, 'errors 0.3 and 0.4')
  near(t, changes.offsetDriftInNoise, 2 / 3, 0.005, 'in units of the noise before')
  near(t, changes.gainChangePercent, -1, 0.0126, 'gain')
  near(t, changes.gainChangeSdPercent, 0.5, 0.012, 'gain pattern')
  near(t, changes.expectedGainChangeSdPercent, 0.5, 1e-5, 'errors of the gain')
  near(t, changes.referenceChangePercent, 10, 1e-9, 'reference')
  t.strictSame(changes.defects, { added: 1, healed: 1, persisting: 2 })
  t.match(changes.classes, {
    dead: { added: 0, healed: 1, persisting: 1 },
    cluster: { added: 0, healed: 1, persisting: 0 },
    hot: { added: 0, healed: 1 },
    noisy: { added: 2, healed: 0, persisting: 0 },
    clusterKernel: { added: 0, healed: 1 }
  })
  t.strictSame(changes.warnings, [])
  t.strictSame(JSON.parse(JSON.stringify(changes)), changes, 'plain JSON')
})

t.test('comparison of what hardly compares', async (t) => {
  const base = knownNoiseCalibration({ shape: [2, 2], level: 1000 })
  const mode = { binning: '2x2', integrationTime: 100.5 }
  const other = { ...base, serialNumber: 'B', provenance: { ...base.provenance, mode } }
  t.match(compareCalibrations(base, other).warnings, [/different panels: SN1234 µ and B/, 'the mode differs: binning 1x1 and 2x2'])
  t.strictSame(compareCalibrations({ ...base, serialNumber: null }, { ...other, provenance: base.provenance }).warnings, [])
  const allBad = { data: new Uint32Array(4).fill(dead), shape: base.shape }
  const blind = { ...base, noise: null, gain: { ...base.gain, reference: 0 }, defects: allBad }
  t.match(compareCalibrations(blind, base), {
    comparedPixels: 0,
    offsetDriftDn: null,
    offsetChangeSdDn: null,
    expectedOffsetChangeSdDn: null,
    offsetDriftInNoise: null,
    gainChangePercent: null,
    gainChangeSdPercent: null,
    expectedGainChangeSdPercent: null,
    referenceChangePercent: null,
    defects: { healed: 4 }
  })
  const dark = { ...base, gain: { ...base.gain, data: new Float32Array(4) }, gainErrors: base.noise }
  t.match(compareCalibrations(dark, dark), { gainChangePercent: null, expectedGainChangeSdPercent: null }, 'a gain of 0 everywhere')
  t.throws(() => compareCalibrations(base, knownNoiseCalibration({ shape: [1, 4], level: 1 })), {
    code: 'ERR_SHAPE',
    message: 'calibration after: expected shape [2, 2], received [1, 4]'
  })
})
