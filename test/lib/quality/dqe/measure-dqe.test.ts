import t from 'tap'
import { INCIDENT_SNR_SQUARED } from '../../../../lib/quality/dqe/incident-snr-squared.js'
import { measureDqe } from '../../../../lib/quality/dqe/measure-dqe.js'
import { measureMtf } from '../../../../lib/quality/edge/measure-mtf.js'
import { measureNps } from '../../../../lib/quality/spectrum/measure-nps.js'
import { assertClose } from '../../../fixtures/assert-close.js'
import { gaussianSource } from '../../../fixtures/gaussian-source.js'
import { renderEdge } from '../../../fixtures/render-edge.js'
import type { NpsPoint } from '../../../../lib/quality/spectrum/cut-spectrum.js'
import type { MeasureDqeOptions } from '../../../../lib/quality/dqe/measure-dqe.js'

const sinc = (x: number): number => (x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x))

// An ideal counter of photons: pixels of side p, N quanta a pixel, no blur but the aperture. MTF = sinc(u p), NNPS = p^2 / N.
const pitch = 0.148
const quanta = 30174 * 2.5 * pitch * pitch
const frequency = Array.from({ length: 21 }, (_, i) => (i * 0.5) / 20 / pitch)
const mtf = { frequency, mtf: frequency.map((u) => sinc(u * pitch)) }
const nnps = { frequency, nnps: frequency.map(() => (pitch * pitch) / quanta) }
const rqa5 = { mtf, nnps, airKermaUGy: 2.5, beamQuality: 'RQA5', edition: '2003' } as const
const valuesOf = (options: MeasureDqeOptions) => measureDqe(options).curve.map(({ dqe }) => dqe as number)

t.test('an ideal photon counter has a DQE of sinc^2, 1 at frequency 0', async (t) => {
  const result = measureDqe(rqa5)
  assertClose(
    t,
    result.curve.map(({ dqe }) => dqe as number),
    frequency.map((u) => sinc(u * pitch) ** 2),
    'sinc^2',
    { relative: 1e-12 }
  )
  assertClose(
    t,
    result.curve.map((point) => point.frequencyPerMm),
    frequency,
    'axis'
  )
  t.ok(Math.abs((result.curve[0].dqe as number) - 1) < 1e-12)
  t.match(result, { airKermaUGy: 2.5, incidentSnrSquared: 30174, unknown: {} })
  t.equal(result.incidentSnrSource, 'RQA5 after IEC 62220-1:2003, as publicly described')
  t.ok(
    result.curve.every(({ confidence95 }) => confidence95 === null),
    'no limits without those of the NNPS'
  )
  // Twice the kerma with the same noise: half of it is used.
  assertClose(
    t,
    valuesOf({ ...rqa5, airKermaUGy: 5 }),
    frequency.map((u) => sinc(u * pitch) ** 2 / 2),
    'kerma',
    { relative: 1e-12 }
  )
})

t.test('the tables, edition by edition, or a number', async (t) => {
  t.strictSame(INCIDENT_SNR_SQUARED, {
    2003: { RQA3: 21759, RQA5: 30174, RQA7: 32362, RQA9: 31077 },
    2015: { RQA3: 20673, RQA5: 29653, RQA7: 32490, RQA9: 31007 }
  })
  t.ok(Object.isFrozen(INCIDENT_SNR_SQUARED['2015']))
  const later = measureDqe({ ...rqa5, edition: '2015' })
  t.match(later, { incidentSnrSquared: 29653, incidentSnrSource: 'RQA5 after IEC 62220-1-1:2015, as publicly described' })
  assertClose(
    t,
    later.curve.map(({ dqe }) => dqe as number),
    valuesOf(rqa5).map((value) => (value * 30174) / 29653),
    'ratio of the tables',
    { relative: 1e-12 }
  )
  const given = measureDqe({ mtf, nnps, airKermaUGy: 2.5, beamQuality: 30174 })
  t.match(given, { incidentSnrSquared: 30174, incidentSnrSource: 'given' })
  assertClose(
    t,
    given.curve.map(({ dqe }) => dqe as number),
    valuesOf(rqa5),
    'as from the table'
  )
})

t.test('curves on different axes meet by linear interpolation, limits change sides', async (t) => {
  const power = { frequency: [0, 1, 2, 5], nnps: [1e-5, 2e-5, 4e-5, 4e-5] }
  const limits = { lower: power.nnps.map((value) => value / 2), upper: power.nnps.map((value) => value * 4) }
  const options = { mtf: { frequency: [0, 2, 4], mtf: [1, 0.5, 0] }, nnps: { ...power, ci: limits }, airKermaUGy: 2, beamQuality: 25000 }
  // 2 uGy x 25000 = 50000 per mm^2: DQE = MTF^2 / (50000 NNPS); the NNPS beyond the MTF is left out.
  const { curve } = measureDqe(options)
  t.strictSame(
    curve.map((point) => point.frequencyPerMm),
    [0, 1, 2]
  )
  assertClose(
    t,
    curve.map(({ dqe }) => dqe as number),
    [2, 0.5625, 0.125],
    'by hand',
    { relative: 1e-12 }
  )
  assertClose(
    t,
    curve.flatMap(({ confidence95 }) => confidence95 as [number, number]),
    [0.5, 4, 0.5625 / 4, 0.5625 * 2, 0.125 / 4, 0.25],
    'limits',
    { relative: 1e-12 }
  )
  const between = measureDqe({ ...options, frequencies: [0.5, 3.5] }).curve
  assertClose(
    t,
    between.map(({ dqe }) => dqe as number),
    [0.875 ** 2 / 0.75, 0.125 ** 2 / 2],
    'chosen frequencies',
    { relative: 1e-12 }
  )
  t.strictSame(measureDqe({ ...options, frequencies: [] }).curve, [])
})

t.test('a spectrum that is not above 0 gives null with the reason', async (t) => {
  const result = measureDqe({ ...rqa5, nnps: { frequency: [0, 1], nnps: [0, 1e-5], ci: { lower: [0, 0], upper: [1e-5, 2e-5] } } })
  t.equal(result.curve[0].dqe, null)
  t.match(result.unknown, { dqe: 'the NNPS is not above 0 at 0 per mm' })
  t.strictSame(
    result.curve.map(({ confidence95 }) => confidence95),
    [null, null],
    'no interval without an upper end'
  )
})

t.test('what measureMtf and measureNps give goes in as it is: an ideal counter, measured', async (t) => {
  // Ten thousand quanta a pixel, about Gaussian; a sharp edge, whose aliases beyond 0.4 cycles/px cost up to 1e-3 of the MTF.
  const p = 0.1
  const next = gaussianSource(4)
  const flat = { data: Float32Array.from({ length: 1024 * 1024 }, () => 10000 + 100 * next()), shape: [1024, 1024] as [number, number] }
  const edge = renderEdge([600, 300], { slope: Math.tan(Math.PI / 60), through: [300, 150], blur: 0, before: 100, after: 10000 })
  const sharp = measureMtf(edge, null, { pixelPitch: [p, p] })
  const noise = measureNps(flat, null, { pixelPitch: [p, p] })
  const result = measureDqe({ mtf: sharp.curve, nnps: noise.horizontal, airKermaUGy: 1, beamQuality: 10000 / (p * p) })
  const middle = result.curve.filter(({ frequencyPerMm }) => frequencyPerMm > 0.5 && frequencyPerMm < 4.9)
  let inside = 0
  let ratio = 0
  for (const { frequencyPerMm: u, dqe, confidence95 } of middle) {
    const truth = sinc(u * p) ** 2
    ratio += (dqe as number) / truth / middle.length
    if (confidence95 && confidence95[0] < truth && truth < confidence95[1]) inside++
  }
  // About 16 independent ROIs and some 28 samples a point: 5 % each, below 1 % in the mean of 40 points and more.
  t.ok(middle.length > 20)
  t.ok(Math.abs(ratio - 1) < 0.03, `mean ratio ${ratio}`)
  t.ok(inside > 0.85 * middle.length, `${inside} of ${middle.length} intervals hold the truth`)
})

t.test('refused: what is missing or out of range', async (t) => {
  const point = { frequencyPerPixel: 0.1, npsDn2Mm2: 1, npsDn2Px2: 1, samples: 9, confidence95Factors: [0.5, 2] as const }
  const refused: [Partial<Record<keyof MeasureDqeOptions, unknown>>, string, RegExp][] = [
    [{ edition: undefined }, 'edition', /expected '2003' or '2015', for the tables differ, received undefined/],
    [{ edition: '2026' }, 'edition', /received 2026/],
    [{ beamQuality: 'RQA4' }, 'beamQuality', /expected RQA3, RQA5, RQA7, RQA9 or a number, received RQA4/],
    [{ beamQuality: 0 }, 'beamQuality', /above 0/],
    [{ beamQuality: Infinity }, 'beamQuality', /above 0/],
    [{ airKermaUGy: 0 }, 'airKermaUGy', /uGy above 0, received 0/],
    [{ airKermaUGy: NaN }, 'airKermaUGy', /received NaN/],
    [{ mtf: { frequency: [0, 1], mtf: [1] } }, 'mtf', /1 values, 2 frequencies/],
    [{ mtf: [] }, 'mtf', /0 values/],
    [{ mtf: [{ frequencyPerMm: null, frequencyPerPixel: 0, mtf: 1, mtfSd: 0 }] }, 'mtf', /the pixel pitch is unknown/],
    [{ mtf: { frequency: [0, 1], mtf: [1, NaN] } }, 'mtf', /NaN at 1 per mm/],
    [{ mtf: { frequency: [1, 1], mtf: [1, 1] } }, 'mtf', /1 at index 1/],
    [{ nnps: { frequency: [-1, 1], nnps: [1, 1] } }, 'nnps', /-1 at index 0/],
    [{ nnps: { frequency: [0, 1], nnps: [1, 1], ci: { lower: [1], upper: [1, 1] } } }, 'nnps.ci', /1 values, 2 frequencies/],
    [{ nnps: { frequency: [0, 1], nnps: [1, 1], ci: { lower: [1, 1], upper: [1] } } }, 'nnps.ci', /1 values, 2 frequencies/],
    [{ nnps: [{ ...point, frequencyPerMm: 1, nnpsMm2: null }] satisfies NpsPoint[] }, 'nnps', /normalised spectrum in mm\^2/],
    [{ nnps: [{ ...point, frequencyPerMm: null, nnpsMm2: 1 }] satisfies NpsPoint[] }, 'nnps', /pixel pitch is unknown/],
    [{ nnps: { frequency: [50, 60], nnps: [1, 1] } }, 'nnps', /between 0 and 3\.37\d* per mm, as the MTF has, received 50 to 60/],
    [{ frequencies: [9] }, 'frequencies', /where both curves are known, received 9/],
    [{ frequencies: [2, 1] }, 'frequencies', /1 at index 1/]
  ]
  for (const [change, name, message] of refused) {
    t.throws(
      () => measureDqe({ ...rqa5, ...change } as MeasureDqeOptions),
      { code: 'ERR_OPTION', subject: `option "${name}"`, message },
      name
    )
  }
})
