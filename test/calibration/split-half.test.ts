import t from 'tap'
import { calibrate } from '../../calibration/calibrate.js'
import type { CalibrateOptions } from '../../calibration/calibrate-options.js'
import { compareHalves } from '../../calibration/compare-halves.js'
import { BAD_PIXEL_BITS, DEFECT_FLAGS } from '../../lib/maps/defect-flags.js'
import type { DefectFinding } from '../../lib/maps/defect-finding.js'
import type { DefectMap } from '../../lib/maps/maps.js'
import { readDefectFinding } from '../../lib/maps/read-defect-finding.js'
import { createVirtualDetector } from '../../lib/simulation/create-virtual-detector.js'
import type { PlannedDefect } from '../../lib/simulation/defects/planned-defect.js'
import { gaussianSource } from '../fixtures/gaussian-source.js'
import { makeFrames, streamOf } from '../fixtures/make-frames.js'

t.test('agreement of two halves, counted by hand', (t) => {
  const { dead, noisy, cluster, clusterKernel } = DEFECT_FLAGS
  const map = (...flags: number[]): DefectMap => ({ data: Uint32Array.from(flags), shape: [1, flags.length] })
  const result = compareHalves(
    map(dead, dead, 0, 0, noisy, 0, clusterKernel),
    map(dead, 0, noisy, 0, dead, 0, clusterKernel),
    map(dead, dead, 0, noisy, dead | cluster, 0, clusterKernel)
  )
  t.strictSame(result, {
    bad: { both: 2, evenOnly: 1, oddOnly: 1, neither: 1 },
    classes: {
      dead: { both: 1, evenOnly: 1, oddOnly: 1, neither: 0 },
      noisy: { both: 0, evenOnly: 1, oddOnly: 1, neither: 1 },
      cluster: { both: 0, evenOnly: 0, oddOnly: 0, neither: 1 }
    }
  })
  t.end()
})

t.test('true defects repeat, chance does not', async (t) => {
  const defects: PlannedDefect[] = []
  const place = (k: number): { row: number; col: number } => ({ row: 6 + 9 * Math.floor(k / 12), col: 6 + 9 * (k % 12) })
  const kinds: Omit<PlannedDefect, 'row' | 'col'>[] = [
    { class: 'dead' },
    { class: 'hot' },
    { class: 'noisy', strength: 12 },
    { class: 'overResponding', strength: 1.6 }
  ]
  for (let k = 0; k < 48; k++) defects.push({ ...kinds[k % kinds.length], ...place(k) })
  const detector = createVirtualDetector({ rows: 128, cols: 128, seed: 3, defects })
  const input = { darks: detector.darks(16), flats: [detector.flats(16)] }
  // A budget of 40 false pixels: about 40 good pixels are called bad, by chance, and hardly any of them twice.
  const options: CalibrateOptions = { bits: 14, defectRules: { preset: 'statistical', falsePixels: 40, lineSigma: null } }
  const split = await calibrate(input, { ...options, splitHalf: true })
  const { splitHalf, ...finding } = readDefectFinding(split.provenance)!
  const { bad, classes } = splitHalf!
  for (const name of ['dead', 'hot', 'noisy', 'overResponding']) t.ok(classes[name].both >= 12, `${name}: ${JSON.stringify(classes[name])}`)
  t.ok(bad.both >= 48 && bad.both <= 48 + 8, `found twice: ${bad.both}`)
  // What the halves share by chance: 40 false pixels in each of 16384 places; outliers of response and offset are the panel's
  // own and may repeat.
  t.ok(bad.evenOnly + bad.oddOnly > 20, `found once: ${bad.evenOnly} and ${bad.oddOnly}`)

  const plain = await calibrate(input, options)
  t.strictSame(plain.defects.data, split.defects.data, 'the map itself is that of all frames')
  t.strictSame(readDefectFinding(plain.provenance), { ...finding, splitHalf: null }, 'not asked for: not known')
  t.match(split.provenance.options, { splitHalf: true, defectRules: { preset: 'statistical', falsePixels: 40, lineSigma: null } })
  t.equal(plain.provenance.stacks.map(({ passes }) => passes).join(), '1,1')

  const streamed = await calibrate(
    { darks: streamOf([...detector.darks(16)]), flats: [streamOf([...detector.flats(16)])] },
    { ...options, splitHalf: true, memory: 200_000 }
  )
  t.strictSame(readDefectFinding(streamed.provenance), { ...finding, splitHalf }, 'read again by bands: the same')
})

t.test('too few frames have no halves, and it is said', async (t) => {
  const gauss = gaussianSource(2)
  const shape = [32, 32] as const
  const darks = makeFrames(3, shape, () => 300 + 4 * gauss())
  const flats = makeFrames(8, shape, () => 8300 + 40 * gauss())
  for (const [dark, flat] of [
    [darks, flats],
    [makeFrames(8, shape, () => 300 + 4 * gauss()), flats.slice(0, 3)]
  ]) {
    const { provenance } = await calibrate({ darks: dark, flats: [flat] }, { bits: 14, splitHalf: true })
    t.equal((provenance.defectFinding as DefectFinding).splitHalf, null)
    t.match(provenance.warnings.join('\n'), /fewer than 4 frames has no halves/)
  }
})

t.test('a panel layout reaches the rules: half a weak column ends at the mid-line that was given', async (t) => {
  const defects: PlannedDefect[] = [{ class: 'weakLine', row: 0, rows: 128, col: 100, strength: 0.93 }]
  const detector = createVirtualDetector({ rows: 256, cols: 256, seed: 5, defects })
  const { defects: found, provenance } = await calibrate(
    { darks: detector.darks(12), flats: [detector.flats(12)] },
    { bits: 14, readout: { chipColumns: 128, midline: true } }
  )
  const column = Array.from({ length: 256 }, (_, row) => found.data[row * 256 + 100] & DEFECT_FLAGS.line)
  t.strictSame(
    column,
    Array.from({ length: 256 }, (_, row) => (row < 128 ? DEFECT_FLAGS.line : 0))
  )
  t.match(readDefectFinding(provenance), { chipColumns: 128, midline: 128 })
  t.match(provenance.options, { defectRules: { readout: { chipColumns: 128, midline: true } } })
})

t.test('frames of a decay: lagging pixels, their record, and what is refused', async (t) => {
  const defects: PlannedDefect[] = [
    { class: 'lagging', row: 40, col: 40, strength: 8 },
    { class: 'lagging', row: 80, col: 20, strength: 8 }
  ]
  const detector = createVirtualDetector({ rows: 128, cols: 128, seed: 6, defects })
  const input = { darks: detector.darks(12), flats: [detector.flats(12)] }
  const { defects: found, provenance } = await calibrate({ ...input, decay: detector.decay(3) }, { bits: 14 })
  const lagging = [...found.data.keys()].filter((i) => (found.data[i] & DEFECT_FLAGS.lagging) !== 0)
  t.strictSame(lagging, [40 * 128 + 40, 80 * 128 + 20])
  t.match(
    provenance.decay,
    [
      { index: 0, name: 'decay 0', sha256: /^[0-9a-f]{64}$/ },
      { index: 1, name: 'decay 1' }
    ],
    'the two that count'
  )
  const without = await calibrate(input, { bits: 14 })
  t.equal(without.defects.data.filter((flags) => (flags & DEFECT_FLAGS.lagging) !== 0).length, 0)
  t.notOk('decay' in without.provenance)

  const data = new Float64Array(128 * 128).fill(320)
  const bare = await calibrate({ ...input, decay: [{ data, shape: [128, 128] as const }] }, { bits: 14 })
  t.match(bare.provenance.decay, [{ index: 0, name: null }])
  t.equal(bare.defects.data.filter((flags) => (flags & BAD_PIXEL_BITS) !== 0).length < 200, true)

  await t.rejects(calibrate({ ...input, decay: [] }, {}), { code: 'ERR_STACK', message: /decay/ })
  const small = { data: new Uint16Array(16), shape: [4, 4] as const }
  await t.rejects(calibrate({ ...input, decay: [small] }, {}), { code: 'ERR_SHAPE', message: /decay, frame 0/ })
  const other = { data: new Uint16Array(128 * 128), shape: [128, 128] as const, info: { mode: { binning: '2x2' } } }
  await t.rejects(calibrate({ ...input, decay: [other] }, { mode: { binning: '1x1' } }), { code: 'ERR_MODE', message: /decay/ })
})
