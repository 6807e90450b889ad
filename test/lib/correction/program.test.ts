import t from 'tap'
import { CalibrationError } from '../../../lib/errors.js'
import { createCorrector } from '../../../lib/correction/create-corrector.js'
import { FrameCorrector } from '../../../lib/correction/frame-corrector.js'
import type { Corrector, CorrectorOptions } from '../../../lib/correction/corrector.js'
import type { Step } from '../../../lib/correction/program/step.js'
import { CORRECTION_STEPS } from '../../../lib/correction/steps/correction-steps.js'
import type { StepOperand } from '../../../lib/kernels/frame/steps/step-operand.js'
import { multiplyMap } from '../../../lib/kernels/frame/steps/multiply-map.js'
import { openKernels } from '../../../lib/kernels/simd/open-kernels.js'
import type { CalibrationSet } from '../../../lib/maps/calibration-set.js'
import { createCorrectionPool } from '../../../lib/workers/create-correction-pool.js'
import { poolCalibration, poolFrame } from '../../fixtures/pool-cases.js'

const needsSimd = openKernels() ? {} : { skip: 'no WebAssembly with SIMD here' }
const bitsOf = (data: ArrayBufferView): Buffer => Buffer.from(data.buffer, data.byteOffset, data.byteLength)

/** More than one strip, with an end that is no multiple of anything. */
const SHAPE = [201, 331] as const
const rowReference = {
  columns: [
    [0, 9],
    [320, 331]
  ],
  halves: [
    { rows: [0, 100], rowNoise: 2, weight: 0.75 },
    { rows: [100, 201], rowNoise: 2, weight: 0.5 }
  ]
} as const

/** A step as somebody would add it: one file, one kernel, one line. This kernel has no twin, so TypeScript runs it. */
function squareKernel(values: Float32Array, at: number, count: number, _: number, { scalar }: StepOperand): void {
  const fround = Math.fround
  for (let i = at; i < at + count; i++) values[i] = fround(values[i] + fround(fround(values[i] * values[i]) * scalar))
}
const squareStep: Step = {
  name: 'square' as 'gain',
  plan({ provenance }) {
    const curvature = provenance.curvature
    if (typeof curvature !== 'number') {
      throw new CalibrationError({ subject: 'curvature', expected: 'a number', received: String(curvature) })
    }
    return { kernel: squareKernel, prepare: (_, operand) => (operand.scalar = Math.fround(curvature)) }
  }
}
/** One whose kernel has a twin. */
const twiceStep: Step = {
  name: 'twice' as 'gain',
  plan: ({ offset }) => ({ kernel: multiplyMap, map: new Float32Array(offset.data.length).fill(2) })
}
/** One that keeps something: the running difference. */
function differenceKernel(values: Float32Array, at: number, count: number, first: number, { state }: StepOperand): void {
  const fround = Math.fround
  for (let i = 0; i < count; i++) {
    const value = values[at + i]
    values[at + i] = fround(value - state[first + i])
    state[first + i] = value
  }
}
const differenceStep: Step = { name: 'difference' as 'gain', plan: () => ({ kernel: differenceKernel, keepsState: true }) }

/** The steps with one more after the gain. */
function withStep(step: Step): readonly Step[] {
  const at = CORRECTION_STEPS.findIndex(({ name }) => name === 'gain') + 1
  return [...CORRECTION_STEPS.slice(0, at), step, ...CORRECTION_STEPS.slice(at)]
}

function withCurvature(calibration: CalibrationSet, curvature: number): CalibrationSet {
  return { ...calibration, provenance: { ...calibration.provenance, curvature } }
}

t.test('a step is one file, one kernel and one line', async (t) => {
  const calibration = withCurvature(poolCalibration(SHAPE, 1, 0), 1e-5)
  const { offset, gain } = calibration
  const raw = poolFrame(SHAPE, 3)
  const fround = Math.fround
  const expected = Float32Array.from(raw, (value, i) => {
    const v = fround(fround(value - offset.data[i]) * gain.data[i])
    return fround(v + fround(fround(v * v) * fround(1e-5)))
  })
  const corrector = new FrameCorrector(calibration, {}, withStep(squareStep))
  t.equal(corrector.kernels, 'typescript')
  t.ok(bitsOf(corrector.correct(raw)).equals(bitsOf(expected)))
  t.strictSame(corrector.last.steps, ['offset', 'gain', 'square', 'defects'])
  t.throws(() => new FrameCorrector(poolCalibration(SHAPE, 1), {}, withStep(squareStep)), { code: 'ERR_CALIBRATION', message: /curvature/ })
  t.throws(() => new FrameCorrector(calibration, { kernels: 'simd' }, withStep(squareStep)), { code: 'ERR_OPTION' })

  const plain = createCorrector(calibration).correct(raw)
  for (const kernels of ['auto', 'typescript'] as const) {
    const twice = new FrameCorrector(calibration, { kernels }, withStep(twiceStep))
    t.equal(twice.kernels, kernels === 'auto' && openKernels() ? 'simd' : 'typescript')
    t.ok(bitsOf(twice.correct(raw)).equals(bitsOf(plain.map((value) => 2 * value))))
  }
})

t.test('a step that keeps something sees every frame once and in order', async (t) => {
  const calibration = poolCalibration(SHAPE, 1, 0)
  const plain = createCorrector(calibration)
  const corrector = new FrameCorrector(calibration, {}, withStep(differenceStep))
  const frames = [1, 2, 3, 4].map((seed) => poolFrame(SHAPE, seed))
  const values = frames.map((frame) => plain.correct(frame))
  const less = (a: Float32Array, b: Float32Array | null): Float32Array => a.map((value, i) => value - (b?.[i] ?? 0))
  t.ok(bitsOf(corrector.correct(frames[0])).equals(bitsOf(less(values[0], null))))
  t.ok(bitsOf(corrector.correct(frames[1])).equals(bitsOf(less(values[1], values[0]))))
  corrector.pass(frames[2])
  t.ok(bitsOf(corrector.correct(frames[3])).equals(bitsOf(less(values[3], values[2]))), 'after a frame that was passed by')
  corrector.setCalibration({ ...calibration })
  t.ok(
    bitsOf(corrector.correct(frames[3])).every((byte) => byte === 0),
    'and it is kept when the calibration changes'
  )
})

t.test('a general program has the same bits with all kernels and any number of threads', needsSimd, async (t) => {
  const calibration = { ...poolCalibration(SHAPE, 2), corrections: { rowReference } }
  const regions = [{ row: 20, col: 30, rows: 64, cols: 100 }]
  const { offset, gain } = calibration
  // air in the region, 9000 DN once corrected but for the rounding of raw values; levels of rows in the shielded columns
  const airIn = (raw: Uint16Array): Uint16Array =>
    raw.map((value, i) => {
      const [row, col] = [Math.floor(i / 331), i % 331]
      if (col < 9 || col >= 320) return Math.round(offset.data[i]) + (row % 5)
      return row >= 20 && row < 90 ? Math.round(9000 / gain.data[i] + offset.data[i]) + (row % 5) : value
    })
  const frames: (Uint16Array | Float32Array)[] = [1, 2].map((seed) => airIn(poolFrame(SHAPE, seed)))
  let factors = 0
  frames.push(Float32Array.from(frames[0], (value, i) => (i % 1009 === 7 ? NaN : value + 0.25)))
  const all: CorrectorOptions[] = [{}, { output: 'uint16' }, { output: 'uint16', pedestal: 100 }, { repair: false }]
  all.push({ output: 'uint16', repair: false }, { output: 'uint16', maps: 'compact' })
  for (const options of all) {
    const both = [options, { ...options, beam: { regions, level: 10_000, onObject: 'refuse' as const } }]
    for (const settings of both) {
      const plain = createCorrector(calibration, { ...settings, kernels: 'typescript' }) as Corrector
      const simd = createCorrector(calibration, { ...settings, kernels: 'simd' }) as Corrector
      const pools = [1, 2, 3].map((threads) => createCorrectionPool(calibration, { ...settings, threads }))
      for (const raw of frames) {
        let expected: Float32Array | Uint16Array
        try {
          expected = plain.correct(raw)
        } catch (error) {
          t.throws(() => simd.correct(raw), { code: 'ERR_MODE', message: (error as Error).message })
          continue
        }
        const facts = { ...plain.last }
        if (facts.beamFactor !== null && facts.beamFactor !== 1) factors++
        for (const out of [undefined, simd.allocOutput()]) {
          t.ok(bitsOf(simd.correct(raw, { out }) as Float32Array).equals(bitsOf(expected)), JSON.stringify(options))
          t.strictSame(simd.last, facts)
        }
        for (const pool of pools) {
          const result = await pool.correct(raw)
          t.ok(bitsOf(result.data).equals(bitsOf(expected)), `${pool.threads} threads`)
          t.strictSame(result.facts, facts)
        }
      }
      await Promise.all(pools.map((pool) => pool.close()))
    }
  }
  t.equal(factors, 6 * frames.length, 'and the beam was found in all of them')
})

t.test('what is in no list is refused', async (t) => {
  const calibration = poolCalibration([8, 8], 1)
  t.throws(() => createCorrector(calibration, { repairs: false } as CorrectorOptions), { code: 'ERR_OPTION', message: /repairs/ })
  t.throws(() => createCorrectionPool(calibration, { thread: 2 } as CorrectorOptions), { code: 'ERR_OPTION', message: /thread/ })
  const later = { ...calibration, corrections: { lag: {} } } as unknown as CalibrationSet
  t.throws(() => createCorrector(later), { code: 'ERR_CALIBRATION', message: /corrections: .* received lag/ })
})
