import fc from 'fast-check'
import t from 'tap'
import { createCorrector } from '../../../../lib/correction/create-corrector.js'
import { openKernels } from '../../../../lib/kernels/simd/open-kernels.js'
import { DEFECT_FLAGS } from '../../../../lib/maps/defect-flags.js'
import { madeCalibration } from '../../../fixtures/made-calibration.js'
import type { Corrector, CorrectorOptions } from '../../../../lib/correction/corrector.js'
import type { CalibrationSet } from '../../../../lib/maps/calibration-set.js'

const needsSimd = openKernels() ? {} : { skip: 'no WebAssembly with SIMD here' }

/** Pixels of a strip: frames just below, at and above it take the ends of the loops. */
const STRIP = 32_768
const ODD = [NaN, Infinity, -Infinity, -0, 0, 1e-45, -1e-40, 3.4e38, -3.4e38, 65535, 65536]

interface Case {
  readonly cols: number
  readonly rows: number
  readonly seed: number
  readonly bad: number
  readonly saturation: number | null
  readonly pedestal: number
  readonly repair: boolean
}

const cases: fc.Arbitrary<Case> = fc.record({
  cols: fc.oneof(fc.integer({ min: 1, max: 40 }), fc.constantFrom(331, 1000)),
  rows: fc.oneof(fc.integer({ min: 1, max: 40 }), fc.constantFrom(99, 101)),
  seed: fc.integer({ min: 1, max: 2 ** 31 - 1 }),
  bad: fc.constantFrom(0, 0.01, 0.3),
  saturation: fc.constantFrom(null, -1, 0, 0.5, 1, 3000, 40000.5, 65535, 65536, 1e9),
  pedestal: fc.constantFrom(0, 100.25, 4000),
  repair: fc.boolean()
})

function randomFrom(seed: number): () => number {
  let state = seed
  return () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) / 2 ** 32
  }
}

/** Maps with corrected values far below 0 and above 65535 among them; clusters of bad pixels; one good pixel at least. */
function calibrationOf({ rows, cols, seed, bad, saturation }: Case, gainSpan = 3): CalibrationSet {
  const random = randomFrom(seed)
  const count = rows * cols
  const shape = [rows, cols] as const
  const defects = new Uint32Array(count)
  for (let i = 0; i < count; i++) if (random() < bad / 3) for (let k = 0; k < 3 && i + k < count; k++) defects[i + k] = DEFECT_FLAGS.hot
  defects[Math.floor(random() * count)] = 0
  return madeCalibration(shape, 1, {
    offset: { data: Float32Array.from({ length: count }, () => 3000 * random()), shape },
    gain: { data: Float32Array.from({ length: count }, () => 0.5 + gainSpan * random()), shape, reference: 1000 },
    defects: { data: defects, shape },
    saturation
  })
}

function rawOf({ rows, cols, seed }: Case): Uint16Array {
  const random = randomFrom(seed + 1)
  return Uint16Array.from({ length: rows * cols }, () => 65536 * random() ** 3)
}

/** Every second case a float32 frame with values that are hard to hold. */
function singlesOf(made: Case): Float32Array {
  const random = randomFrom(made.seed + 2)
  return Float32Array.from(rawOf(made), (value) => (random() < 0.02 ? ODD[Math.floor(random() * ODD.length)] : value + random()))
}

const bitsOf = (data: ArrayBufferView): Buffer => Buffer.from(data.buffer, data.byteOffset, data.byteLength)

function assertSame(made: Case, raw: Uint16Array | Float32Array, options: CorrectorOptions, calibration: CalibrationSet): void {
  const both = { pedestal: options.output === 'uint16' ? made.pedestal : 0, repair: made.repair, ...options }
  const simd = createCorrector(calibration, { ...both, kernels: 'simd' }) as Corrector
  const plain = createCorrector(calibration, { ...both, kernels: 'typescript' }) as Corrector
  const expected = plain.correct(raw)
  const facts = JSON.stringify(plain.last)
  // own memory, foreign memory, and foreign memory that begins at an odd place
  const shift = <P extends Uint16Array | Float32Array>(array: P): P => {
    const place = array.BYTES_PER_ELEMENT * (1 + (made.seed % 7))
    const shifted = new (array.constructor as new (buffer: ArrayBuffer, at: number, length: number) => P)(
      new ArrayBuffer(array.byteLength + place),
      place,
      array.length
    )
    shifted.set(array)
    return shifted
  }
  const inputs: (Uint16Array | Float32Array)[] = [raw, shift(raw)]
  if (raw instanceof Uint16Array) {
    const own = simd.allocRaw()
    own.set(raw)
    inputs.push(own, new Uint16Array(own.buffer, own.byteOffset, own.length))
  }
  for (const input of inputs) {
    for (const out of [undefined, shift(expected), simd.allocOutput()]) {
      const result = simd.correct(input, { out })
      if (!bitsOf(result).equals(bitsOf(expected))) {
        const at = Array.from(result).findIndex((value, i) => !Object.is(value, expected[i]))
        throw new Error(`pixel ${at}: ${result[at]} instead of ${expected[at]}`)
      }
      if (JSON.stringify(simd.last) !== facts) throw new Error(`${JSON.stringify(simd.last)} instead of ${facts}`)
    }
  }
}

t.test('SIMD and TypeScript give the same bits and the same counts', needsSimd, async (t) => {
  const run = (name: string, check: (made: Case) => void, numRuns: number): void => {
    t.doesNotThrow(() => fc.assert(fc.property(cases, check), { seed: 4, numRuns, verbose: 0 }), name)
  }
  run('uint16 to float32', (made) => assertSame(made, rawOf(made), {}, calibrationOf(made)), 25)
  run('float32 to float32', (made) => assertSame(made, singlesOf(made), {}, calibrationOf(made)), 25)
  run('uint16 to uint16', (made) => assertSame(made, rawOf(made), { output: 'uint16' }, calibrationOf(made)), 25)
  run('float32 to uint16', (made) => assertSame(made, singlesOf(made), { output: 'uint16' }, calibrationOf(made)), 25)
  const compact = { output: 'uint16', maps: 'compact' } as const
  run('uint16 to uint16, compact maps', (made) => assertSame(made, rawOf(made), compact, calibrationOf(made, 0.4)), 25)
})

t.test('values far beyond 16 bits are clamped and counted alike', needsSimd, async (t) => {
  // corrected values to +-1e33; in float32 frames infinite ones and NaN: beyond 2^22 the integers of the SIMD loop are no longer those of the values
  for (const factor of [1e2, -1e2, 1e6, -1e6, 1e28, -1e28]) {
    const made: Case = { rows: 40, cols: 61, seed: 17, bad: 0.1, saturation: 40000, pedestal: 100.25, repair: true }
    const calibration = calibrationOf(made)
    for (let i = 0; i < calibration.gain.data.length; i += 3) calibration.gain.data[i] *= factor
    t.doesNotThrow(() => assertSame(made, rawOf(made), { output: 'uint16' }, calibration), `gains of ${factor}`)
    t.doesNotThrow(() => assertSame(made, singlesOf(made), { output: 'uint16' }, calibration), `gains of ${factor}, float32`)
  }
})

t.test('halves round to even, and the ends of the range are not clamped', needsSimd, async (t) => {
  const values = [-65536, -1, -0.5, -0.25, 0, 0.5, 1.5, 2.5, 65534.5, 65535, 65535.25, 65535.5, 65536, 131072]
  const expected = [0, 0, 0, 0, 0, 0, 2, 2, 65534, 65535, 65535, 65535, 65535, 65535]
  // 65535.5 is a tie and goes up to 65536, which is clamped; -0.5 goes up to 0, which is not
  // twice sixteen and a few more: in the loop and after it
  const at = Array.from({ length: 35 }, (_, i) => i % values.length)
  const calibration = madeCalibration([1, 35], 1, {
    offset: { data: Float32Array.from(at, (k) => -values[k]), shape: [1, 35] },
    gain: { data: new Float32Array(35).fill(1), shape: [1, 35], reference: 1000 },
    defects: { data: new Uint32Array(35), shape: [1, 35] }
  })
  for (const kernels of ['simd', 'typescript'] as const) {
    const corrector = createCorrector(calibration, { output: 'uint16', kernels })
    t.strictSame(
      Array.from(corrector.correct(new Uint16Array(35))),
      at.map((k) => expected[k]),
      kernels
    )
    t.equal(corrector.last.clamped, at.filter((k) => values[k] <= -1 || values[k] >= 65535.5).length, kernels)
  }
})

t.test('frames around the length of a strip', needsSimd, async (t) => {
  for (const count of [STRIP - 1, STRIP, STRIP + 1, 2 * STRIP, 2 * STRIP + 9]) {
    const made: Case = { rows: 1, cols: count, seed: count, bad: 0.05, saturation: 30000, pedestal: 100, repair: true }
    for (const output of ['float32', 'uint16'] as const) {
      t.doesNotThrow(() => assertSame(made, rawOf(made), { output }, calibrationOf(made)), `${count} pixels to ${output}`)
    }
  }
})

t.test('a cluster across many strips is repaired from sources that come strips later', needsSimd, async (t) => {
  // a column of bad pixels three wide, and a block of 60 x 60, in a frame whose strips have 32.8 rows
  const made: Case = { rows: 200, cols: 1000, seed: 7, bad: 0, saturation: null, pedestal: 0, repair: true }
  const calibration = calibrationOf(made)
  for (let row = 0; row < 200; row++) for (let k = 0; k < 3; k++) calibration.defects.data[1000 * row + 500 + k] = DEFECT_FLAGS.dead
  for (let row = 20; row < 80; row++) calibration.defects.data.fill(DEFECT_FLAGS.dead, 1000 * row + 100, 1000 * row + 160)
  for (const output of ['float32', 'uint16'] as const) t.doesNotThrow(() => assertSame(made, rawOf(made), { output }, calibration), output)
})

for (const kernels of ['simd', 'typescript'] as const) {
  const needs = kernels === 'simd' ? needsSimd : {}
  t.test(`${kernels}: compact maps stay within 1/32 DN for the offset and 2^-15 of the value for the gain`, needs, async (t) => {
    for (const [pedestal, offsets, gains] of [
      [0, 4000, 0.9],
      [500, 300, 0.5],
      [1000, 4090, 0.4]
    ]) {
      const made: Case = { rows: 100, cols: 100, seed: 3 + pedestal, bad: 0, saturation: null, pedestal, repair: true }
      const calibration = calibrationOf(made)
      const random = randomFrom(9)
      const { data: offset } = calibration.offset
      const { data: gain } = calibration.gain
      for (let i = 0; i < gain.length; i++) {
        gain[i] = 1 + gains * (random() - 0.5)
        offset[i] = (offsets * random()) / gain[i]
      }
      const raw = rawOf(made)
      const out = createCorrector(calibration, { output: 'uint16', maps: 'compact', pedestal, kernels }).correct(raw)
      let beyond = 0
      out.forEach((value, i) => {
        const exact = (raw[i] - offset[i]) * gain[i]
        // what compact maps may be off, and half for the rounding
        const most = 1 / 32 + 2 ** -14 + Math.abs(exact) * 2 ** -15 + 0.5
        const wanted = Math.min(65535, Math.max(0, exact + pedestal))
        if (Math.abs(value - wanted) > most + 1e-9) beyond++
      })
      t.equal(beyond, 0, `${kernels}, pedestal ${pedestal}, offsets to ${offsets}, gains around 1 by ${gains}`)
    }
  })
}

t.test('maps that 16 bits cannot hold are refused', async (t) => {
  const made: Case = { rows: 4, cols: 4, seed: 5, bad: 0, saturation: null, pedestal: 0, repair: true }
  const compact = { output: 'uint16', maps: 'compact' } as const
  const wide = calibrationOf(made)
  wide.gain.data[0] = 4 * Math.max(...wide.gain.data)
  t.throws(() => createCorrector(wide, compact), { code: 'ERR_CALIBRATION', message: /compact maps: expected gains/ })
  const high = calibrationOf(made, 0.1)
  high.offset.data[0] = 9000
  t.throws(() => createCorrector(high, compact), { code: 'ERR_CALIBRATION', message: /offsets .+ DN, pedestal 0 DN/ })
  const none = calibrationOf(made, 0.1)
  none.gain.data[3] = 0
  t.throws(() => createCorrector(none, compact), { code: 'ERR_CALIBRATION', message: /received gains 0 to/ })
  none.defects.data[3] = DEFECT_FLAGS.dead
  t.doesNotThrow(() => createCorrector(none, compact), 'what a bad pixel has is of no interest')
  t.throws(() => createCorrector(none, { maps: 'compact' }), {
    code: 'ERR_OPTION',
    message: /option "maps": expected 'float32' for float32 output/
  })
  t.throws(() => createCorrector(none, { kernels: 'fast' as 'simd' }), {
    code: 'ERR_OPTION',
    message: /option "kernels": expected 'auto' or/
  })
})

t.test('frames in the memory of the corrector', needsSimd, async (t) => {
  const made: Case = { rows: 30, cols: 30, seed: 11, bad: 0.01, saturation: null, pedestal: 0, repair: true }
  const corrector = createCorrector(calibrationOf(made))
  t.equal(corrector.kernels, 'simd')
  const raw = corrector.allocRaw()
  const out = corrector.allocOutput()
  t.equal(raw.length, 900)
  t.ok(out instanceof Float32Array && out.length === 900)
  const overlap = new Float32Array(raw.buffer, 4096, 900)
  t.throws(
    () => corrector.correct(raw, { out: overlap }),
    { code: 'ERR_OPTION', message: /expected memory apart from the maps/ },
    'its maps are guarded'
  )
  const same = new Float32Array(out.buffer, out.byteOffset, 900)
  t.doesNotThrow(() => corrector.correct(raw, { out: same }), 'another view of a frame is as good')
  // another panel state with many more bad pixels: the memory grows, and frames handed out before stay in use
  raw.set(rawOf(made))
  const before = corrector.correct(raw)
  const worse = calibrationOf({ ...made, bad: 0.6 })
  corrector.setCalibration(worse)
  t.strictSame(corrector.correct(raw, { out }), createCorrector(worse, { kernels: 'typescript' }).correct(raw))
  t.notSame(Array.from(out), Array.from(before))
})

interface Growing {
  grow(pages: number): number
}

t.test('where the memory does not grow for the plan', needsSimd, async (t) => {
  const memory = (globalThis as unknown as { WebAssembly: { Memory: { prototype: Growing } } }).WebAssembly.Memory.prototype
  const { grow } = memory
  t.teardown(() => {
    memory.grow = grow
  })
  let calls = 0
  /** The memory grows so many times from now on. */
  const allow = (times: number): void => {
    calls = 0
    memory.grow = function (pages) {
      if (++calls > times) throw new RangeError('could not grow')
      return grow.call(this, pages)
    }
  }
  const made: Case = { rows: 200, cols: 300, seed: 23, bad: 0.3, saturation: null, pedestal: 0, repair: true }
  const calibration = calibrationOf(made)
  allow(Infinity)
  createCorrector(calibration)
  // the plan takes the last of it
  const withoutPlan = calls - 1
  allow(withoutPlan)
  const corrector = createCorrector(calibration)
  t.equal(corrector.kernels, 'typescript', 'the other kernels serve')
  t.strictSame(corrector.correct(rawOf(made)), createCorrector(calibration, { kernels: 'typescript' }).correct(rawOf(made)))
  allow(withoutPlan)
  const refused = { code: 'ERR_CALIBRATION', message: /^defect map: expected memory for its plan, received \d+ bad pixels$/ }
  t.throws(() => createCorrector(calibration, { kernels: 'simd' }), refused)
  memory.grow = grow
  const before = calibrationOf({ ...made, bad: 0.01 })
  const kept = createCorrector(before)
  const expected = kept.correct(rawOf(made))
  allow(0)
  t.throws(() => kept.setCalibration(calibration), refused)
  t.equal(kept.generation, 1)
  t.strictSame(kept.correct(rawOf(made)), expected, 'the old one stays')
})
