import t from 'tap'
import { buildOffsetMap } from '../../calibration/build-offset-map.js'
import { calibrate } from '../../calibration/calibrate.js'
import type { CalibrationInput } from '../../calibration/calibrate-options.js'
import type { FrameInfo } from '../../lib/frame/frame-info.js'
import type { RawFrame } from '../../lib/frame/raw-frame.js'
import { readFrames } from '../../lib/io/index.js'
import { BAD_PIXEL_BITS, DEFECT_FLAGS } from '../../lib/maps/defect-flags.js'
import { createVirtualDetector } from '../../lib/simulation/index.js'
import { assertClose } from '../fixtures/assert-close.js'
import { gaussianSource } from '../fixtures/gaussian-source.js'
import { makeFrames, streamOf } from '../fixtures/make-frames.js'
import { threeDigits } from '../fixtures/three-digits.js'
import { expectedFigures, needsSharedData, sharedData } from '../fixtures/shared-data.js'

const shape = [96, 96] as const
const pixels = 96 * 96
const gaussian = gaussianSource(51)
const darks = makeFrames(16, shape, () => 300 + 4 * gaussian())
const response = (i: number): number => (i === 4000 ? 0 : 1 + 0.02 * (((i * 7) % 11) / 11 - 0.5))
const flatsAt = (level: number, count = 16): RawFrame[] =>
  makeFrames(count, shape, (i, k) => (i === 4000 ? 300 : 300 + level * (1 + 0.01 * Math.sin(k)) * response(i) + 30 * gaussian()))
const flats = flatsAt(8000)

t.test('a virtual panel: dead and stuck pixels found, good pixels uniform, maps finite, provenance complete', async (t) => {
  const detector = createVirtualDetector({ rows: 256, cols: 256, seed: 4 })
  const stages = new Set<string>()
  const set = await calibrate(
    { darks: detector.darks(16), flats: [detector.flats(16)] },
    { bits: 14, pixelPitch: 0.148, serialNumber: detector.serialNumber, now: new Date(0), onProgress: ({ stage }) => stages.add(stage) }
  )
  const { truth } = detector
  let missed = 0
  let falseOnes = 0
  for (let i = 0; i < truth.response.length; i++) {
    const bad = (set.defects.data[i] & BAD_PIXEL_BITS) !== 0
    if (truth.response[i] === 0 && !bad) missed++
    if (truth.defects.data[i] === 0 && bad) falseOnes++
  }
  t.equal(missed, 0, 'no pixel without response is missed')
  t.ok(falseOnes <= 2, `${falseOnes} false positives`)
  const maps = [set.offset, set.offsetErrors!, set.noise!, set.gain, set.gainErrors!, set.flatSignal, set.flatNoise!]
  t.ok(
    maps.every(({ data }) => data.every((value) => value - value === 0)),
    'finite'
  )
  t.equal(set.gain.data.filter((g, i) => g === 0 && (set.defects.data[i] & BAD_PIXEL_BITS) === 0).length, 0, 'gain 0 is flagged')
  // gain * true signal is one constant over the good pixels, but for the errors that the map itself states: mean squares
  // of both agree within sqrt(2 / 65000) = 0.6 %, and 2 % for what 16 frames leave in the factors of the beam.
  const signal = truth.flatSignal(0.5)
  const good = [...signal.keys()].filter((i) => (set.defects.data[i] & BAD_PIXEL_BITS) === 0 && truth.defects.data[i] === 0)
  const level = good.reduce((sum, i) => sum + set.gain.data[i] * signal[i], 0) / good.length
  const real = good.reduce((sum, i) => sum + ((set.gain.data[i] * signal[i]) / level - 1) ** 2, 0)
  const stated = good.reduce((sum, i) => sum + (set.gainErrors!.data[i] / set.gain.data[i]) ** 2, 0)
  t.ok(Math.abs(real / stated - 1) < 0.03, `errors: ${real / stated}`)
  t.match(set, {
    shape: [256, 256],
    saturation: 16383,
    pixelPitch: [0.148, 0.148],
    serialNumber: detector.serialNumber,
    localName: null,
    darkFrames: 16,
    flatFrames: 16,
    provenance: {
      schema: 'flatpanel.calibration/2',
      program: 'flatpanel',
      created: '1970-01-01T00:00:00.000Z',
      stacks: [
        { role: 'dark', level: 0, kept: 16, passes: 1 },
        { role: 'flat', level: 1, kept: 16 }
      ],
      options: { bits: 14, normalizeFlats: true }
    }
  })
  t.match(set.provenance.stacks[1].frames[3], { index: 3, verdict: 'kept', reason: null, sha256: /^[0-9a-f]{64}$/ })
  t.same([...stages], ['reading darks', 'combining darks', 'reading flats of level 1', 'combining flats of level 1', 'finding defects'])
  t.same(structuredClone(set).gain, set.gain, 'plain data')
  t.doesNotThrow(() => JSON.stringify(set.provenance))
})

t.test('the result does not depend on the memory, and the stack is read again instead of exceeding it', async (t) => {
  const held = await calibrate({ darks, flats: [flats, flatsAt(4000)] }, { bits: 14 })
  const input = { darks: streamOf(darks), flats: [streamOf(flats), streamOf(flatsAt(4000))] }
  const bands = await calibrate(input, { bits: 14, memory: 16 * 96 * 2 * 40 })
  t.same([bands.offset.data, bands.gain.data, bands.flatNoise!.data], [held.offset.data, held.gain.data, held.flatNoise!.data])
  t.same(
    bands.provenance.stacks.map(({ level, passes }) => [level, passes]),
    [
      [0, 4],
      [1, 10],
      [2, 4]
    ]
  )
})

t.test('a dead pixel has gain 0 and a flag, and does not move the reference', async (t) => {
  const { gain, defects, provenance } = await calibrate({ darks, flats: [flats] })
  t.equal(gain.data[4000], 0)
  t.ok((defects.data[4000] & BAD_PIXEL_BITS) !== 0)
  t.equal(defects.data[4000] & DEFECT_FLAGS.unrepairable, 0, 'an isolated pixel can be repaired')
  const good = Array.from({ length: pixels }, (_, i) => response(i)).filter((_, i) => i !== 4000)
  // Mean beam over sin(0..15) and offset noise: below 0.1 %.
  const beam = Array.from({ length: 16 }, (_, k) => 1 + 0.01 * Math.sin(k)).reduce((a, b) => a + b) / 16
  t.ok(Math.abs(gain.reference / ((8000 * beam * good.reduce((a, b) => a + b)) / good.length) - 1) < 1e-3)
  t.match(provenance.warnings.join(), /saturation was not stated: 65535 DN/)
  t.ok(provenance.defectCounts.dead >= 1)
})

t.test('what frames and caller say is merged, contradictions are refused', async (t) => {
  const say = (frames: RawFrame[], info: FrameInfo) => frames.map((frame) => ({ ...frame, info }))
  const set = await calibrate(
    {
      darks: say(darks, { serialNumber: 'A', temperature: 31 }),
      flats: [say(flats, { kilovolts: 70, filter: '21 mm Al', mode: { binning: '1x1', gainRange: undefined } })]
    },
    { mode: { frameRate: 15 }, allowDuplicates: true, localName: 'left', pixelPitch: [0.1, 0.2], normalizeFlats: false, saturation: 16383 }
  )
  t.match(set, {
    serialNumber: 'A',
    localName: 'left',
    pixelPitch: [0.1, 0.2],
    provenance: { mode: { binning: '1x1', frameRate: 15 }, kilovolts: 70, filter: '21 mm Al', temperature: 31 }
  })
  const bare = await calibrate({ darks, flats: [flats] }, { defectRules: { userFlags: { data: new Uint32Array(pixels), shape } } })
  t.match(bare, {
    serialNumber: null,
    pixelPitch: null,
    provenance: { kilovolts: null, temperature: null, created: null, mode: {}, options: { defectRules: { userFlags: 'given' } } }
  })
  const refused = (input: CalibrationInput, options: object, error: object) => t.rejects(calibrate(input, options), error as Error)
  await refused(
    { darks, flats: [say(flats, { mode: { binning: '2x2' } })] },
    { mode: { binning: '1x1' } },
    { code: 'ERR_MODE', message: /flats of level 1: expected binning 1x1/ }
  )
  await refused(
    { darks: say(darks, { serialNumber: 'A' }), flats: [flats] },
    { serialNumber: 'B' },
    { code: 'ERR_STACK', message: /panel B, received serial number A/ }
  )
  await refused({ darks, flats: [makeFrames(2, [4, 4], (i) => i)] }, {}, { code: 'ERR_SHAPE', message: /\[96, 96\] as the darks/ })
})

t.test('a missing or misplaced stack is refused in words', async (t) => {
  const refused = (input: unknown, options: object, error: object) =>
    t.rejects(calibrate(input as CalibrationInput, options), error as Error)
  await refused({ flats: [flats] }, {}, { code: 'ERR_STACK', message: /darks: .* received undefined/ })
  await refused({ darks, flats }, {}, { code: 'ERR_STACK', message: /an array of frames: put it into an array of its own/ })
  await refused({ darks, flats: [] }, {}, { code: 'ERR_STACK', message: /an empty array/ })
  await refused({ darks, flats: streamOf(flats) }, {}, { code: 'ERR_STACK', message: /received object/ })
  await refused({ darks, flats: [flats] }, { pixelPitch: 0 }, { code: 'ERR_OPTION', message: /pixelPitch/ })
  await refused({ darks, flats: [darks] }, {}, { code: 'ERR_STACK', message: /the beam was off, or these darks do not belong/ })
})

t.test('one float dark, one float flat with a dead corner', async (t) => {
  const dark = { data: new Float32Array(pixels).fill(98).fill(0, 0, 1).fill(NaN, 5, 6), shape }
  const flat = {
    data: Float32Array.from({ length: pixels }, (_, i) => (i === 0 ? 0 : i === 9 ? NaN : 37000 * response(i + 1) + 98 + 90 * gaussian())),
    shape
  }
  const set = await calibrate({ darks: [dark], flats: [[flat]] })
  t.same([set.noise, set.offsetErrors, set.gainErrors, set.flatNoise, set.saturation], [null, null, null, null, null])
  t.equal(set.gain.data[0], 0)
  t.ok((set.defects.data[0] & BAD_PIXEL_BITS) !== 0)
  // no good pixel on both sides along either border: filled for display only
  t.ok((set.defects.data[0] & DEFECT_FLAGS.unrepairable) !== 0, 'the corner is beyond trustworthy repair')
  t.match(set.provenance.warnings.join('\n'), /darks: one frame[^]*flats of level 1: one frame/)
})

t.test('real darks and flats give the figures of numpy', needsSharedData, async (t) => {
  const expected = expectedFigures()['aps-tooth']
  const file = (name: string) => readFrames([sharedData('aps-tooth', 'converted', name)])
  const set = await calibrate(
    { darks: file('dark.tif'), flats: [file('white.tif')] },
    { combine: 'mean', normalizeFlats: false, detrendDarks: false }
  )
  const { noise } = await buildOffsetMap(file('dark.tif'), { combine: 'mean', detrendDarks: false })
  t.strictSame(set.noise!.data, noise!.data.map(threeDigits), 'three digits of the noise are kept')
  const figures = (values: ArrayLike<number>) => {
    const sorted = Float64Array.from(values).sort()
    const mean = sorted.reduce((a, b) => a + b, 0) / sorted.length
    return {
      min: sorted[0],
      max: sorted.at(-1)!,
      mean,
      median: (sorted[(sorted.length - 1) >> 1] + sorted[sorted.length >> 1]) / 2,
      std: Math.sqrt(sorted.reduce((a, b) => a + (b - mean) ** 2, 0) / sorted.length)
    }
  }
  const pairs = {
    offset_mean: set.offset.data,
    dark_noise_ddof1: noise!.data,
    white_mean: set.flatSignal.data.map((value, i) => value + set.offset.data[i])
  }
  for (const [name, map] of Object.entries(pairs)) {
    const received = figures(map)
    const keys = Object.keys(received) as (keyof typeof received)[]
    assertClose(
      t,
      keys.map((key) => received[key]),
      keys.map((key) => expected[name][key]),
      name,
      { relative: 1e-6 }
    )
  }
  t.same([set.darkFrames, set.flatFrames], [10, 10])
})
