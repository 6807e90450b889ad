import t from 'tap'
import { calibrate } from '../../calibration/index.js'
import { BAD_PIXEL_BITS } from '../../lib/maps/defect-flags.js'
import type { RawFrame } from '../../lib/frame/raw-frame.js'
import { quantisationStep } from '../../calibration/stacks/quantisation-step.js'
import { gaussianSource } from '../fixtures/gaussian-source.js'

const shape = [64, 64] as const
const PIXELS = 64 * 64

/** Counts of a converter, and the same counts left-aligned, divided or as another type. */
const stack = (count: number, level: number, noise: number, seed: number): Int32Array[] => {
  const gaussian = gaussianSource(seed)
  const own = Float64Array.from({ length: PIXELS }, () => level * (1 + 0.01 * gaussian()) + gaussian())
  return Array.from({ length: count }, () => Int32Array.from(own, (value) => Math.round(value + noise * gaussian())))
}
const as = (counts: Int32Array[], Type: Uint16ArrayConstructor | Float32ArrayConstructor, step: number): RawFrame[] =>
  counts.map((frame) => ({ data: Type.from(Float64Array.from(frame, (value) => value * step)), shape }))
// A quiet panel: 0.3 counts of noise in the dark, so that most pixels repeat one or two values.
const darks = stack(16, 60, 0.3, 1)
const flats = stack(16, 2000, 20, 2)
const bad = (data: Uint32Array): number => data.reduce((sum, flags) => sum + ((flags & BAD_PIXEL_BITS) !== 0 ? 1 : 0), 0)

t.test('the step of values is the largest of which all differences are multiples', (t) => {
  t.equal(quantisationStep([Float32Array.of(48, 64, 112), Float32Array.of(16)]), 16)
  t.equal(quantisationStep([Float32Array.of(7, 11, 27)]), 4, 'wherever they begin')
  t.equal(quantisationStep([Float32Array.of(7, 13, 17)]), 2)
  t.equal(quantisationStep([Float32Array.of(1.25, 2, NaN, 3.25)]), 0.25)
  t.equal(quantisationStep([Float32Array.of(0.1, 0.2, 0.30001)]), 0, 'fractional')
  t.equal(quantisationStep([Float32Array.of(5, 5)]), null)
  t.equal(quantisationStep([Float32Array.of(NaN)]), null)
  t.end()
})

t.test('left-aligned counts give the maps of the counts, times the step', async (t) => {
  const options = { normalizeFlats: false, detrendDarks: false }
  const plain = await calibrate({ darks: as(darks, Uint16Array, 1), flats: [as(flats, Uint16Array, 1)] }, { ...options, bits: 12 })
  for (const step of [4, 16]) {
    const frames = { darks: as(darks, Uint16Array, step), flats: [as(flats, Uint16Array, step)] }
    const aligned = await calibrate(frames, { ...options, saturation: 4095 * step })
    // Powers of two: exact to the bit.
    t.strictSame(
      aligned.offset.data,
      plain.offset.data.map((value) => value * step)
    )
    t.strictSame(
      aligned.noise!.data,
      plain.noise!.data.map((value) => value * step)
    )
    t.strictSame(aligned.gain.data, plain.gain.data)
    t.strictSame(aligned.defects.data, plain.defects.data)
    t.strictSame(aligned.provenance.quantum, { darks: step, flats: step })
    t.match(aligned.provenance.warnings.join(), new RegExp(`darks: the values come in steps of ${step} DN`))
  }
  t.notMatch(plain.provenance.warnings.join(), /come in steps/)
  t.ok(bad(plain.defects.data) <= 4, `${bad(plain.defects.data)} of ${PIXELS} pixels of a good panel`)
})

t.test('the offset and noise of a quiet pixel are mean and sd of its values, none left out', async (t) => {
  const { offset, noise } = await calibrate(
    { darks: as(darks, Uint16Array, 16), flats: [as(flats, Uint16Array, 16)] },
    { detrendDarks: false }
  )
  let [worstOffset, worstNoise] = [0, 0]
  for (let i = 0; i < PIXELS; i++) {
    const mean = darks.reduce((sum, frame) => sum + frame[i], 0) / 16
    const sd = Math.sqrt(darks.reduce((sum, frame) => sum + (frame[i] - mean) ** 2, 0) / 15)
    worstOffset = Math.max(worstOffset, Math.abs(offset.data[i] - 16 * mean))
    worstNoise = Math.max(worstNoise, Math.abs(noise!.data[i] - 16 * sd))
  }
  // A value two counts off the others is 4 sd of half a count away, and may be clipped: none is with 0.3 counts of noise.
  t.ok(worstOffset < 1e-3, `${worstOffset} DN`)
  // The sd is freed of what clipping takes from a normal value: 0.6 % with 16 frames.
  t.ok(worstNoise < 0.0065 * 16, `${worstNoise} DN`)
})

t.test('equal values give equal maps in every type', async (t) => {
  const options = { bits: 12 }
  const u16 = await calibrate({ darks: as(darks, Uint16Array, 1), flats: [as(flats, Uint16Array, 1)] }, options)
  const f32 = await calibrate({ darks: as(darks, Float32Array, 1), flats: [as(flats, Float32Array, 1)] }, options)
  for (const name of ['offset', 'noise', 'gain', 'defects'] as const) t.strictSame(f32[name]!.data, u16[name]!.data, name)
})
