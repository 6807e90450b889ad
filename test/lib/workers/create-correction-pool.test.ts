import { availableParallelism } from 'node:os'
import ndarray from 'ndarray'
import t from 'tap'
import type { Test } from 'tap'
import { createCorrector } from '../../../lib/correction/create-corrector.js'
import { FrameCorrector } from '../../../lib/correction/frame-corrector.js'
import { openKernels } from '../../../lib/kernels/simd/open-kernels.js'
import { DEFECT_FLAGS } from '../../../lib/maps/defect-flags.js'
import { createCorrectionPool } from '../../../lib/workers/create-correction-pool.js'
import { describeJobs } from '../../../lib/workers/describe-jobs.js'
import { FrameRing } from '../../../lib/workers/frame-ring.js'
import { JobRunner } from '../../../lib/workers/job-runner.js'
import { WorkerTeam } from '../../../lib/workers/worker-team.js'
import { JOB_BYTES } from '../../../lib/kernels/simd/layouts.js'
import { callOffJob, writeJob } from '../../../lib/workers/write-job.js'
import { poolCalibration, poolFrame } from '../../fixtures/pool-cases.js'
import type { CorrectorOptions } from '../../../lib/correction/corrector.js'
import type { SimdEngine } from '../../../lib/correction/engines/simd-engine.js'
import type { Shape } from '../../../lib/frame/shape.js'
import type { CalibrationSet } from '../../../lib/maps/calibration-set.js'
import type { JobDescription } from '../../../lib/workers/describe-jobs.js'

const needsSimd = openKernels() ? {} : { skip: 'no WebAssembly with SIMD here' }
const bitsOf = (data: ArrayBufferView): Buffer => Buffer.from(data.buffer, data.byteOffset, data.byteLength)

const WAYS: CorrectorOptions[] = [
  { output: 'float32' },
  { output: 'float32', repair: false },
  { output: 'uint16', pedestal: 100.25 },
  { output: 'uint16', repair: false },
  { output: 'uint16', maps: 'compact', pedestal: 1500 },
  { output: 'uint16', maps: 'compact', repair: false }
]
// one pixel, a length that is no multiple of 8, one pixel around a strip of 32 768, six strips and a part, one row of two strips
const SHAPES: Shape[] = [
  [1, 1],
  [7, 9],
  [1, 32_767],
  [128, 256],
  [1, 32_769],
  [331, 643],
  [1, 65_536]
]

/** The answer is that of the TypeScript kernels on one thread. */
async function assertSame(
  t: Test,
  calibration: CalibrationSet,
  raw: Uint16Array,
  options: CorrectorOptions,
  threads: number
): Promise<void> {
  const plain = createCorrector(calibration, { ...options, kernels: 'typescript' })
  const expected = bitsOf(plain.correct(raw))
  const pool = createCorrectionPool(calibration, { ...options, threads })
  const own = pool.allocRaw()
  own.set(raw)
  const out = pool.allocOutput()
  const results = await Promise.all([
    pool.correct(raw),
    pool.correct(own, { out }),
    pool.correct(raw, { threads: 1 }),
    pool.correct(own),
    pool.correct(raw, { out: plain.correct(raw).fill(0) })
  ])
  for (const [i, { data, facts }] of results.entries()) {
    if (!bitsOf(data).equals(expected)) t.fail(`call ${i}: other bits`)
    if (JSON.stringify(facts) !== JSON.stringify(plain.last)) t.strictSame(facts, plain.last, `call ${i}`)
  }
  t.equal(results[1].data, out)
  await pool.close()
}

t.test('results are those of a corrector, whatever the number of threads', needsSimd, async (t) => {
  for (const [i, shape] of SHAPES.entries()) {
    const calibration = poolCalibration(shape, 11 + i, i === 0 ? 0 : 0.05)
    for (const [j, options] of WAYS.entries()) await assertSame(t, calibration, poolFrame(shape, 5 + i), options, 1 + ((i + j) % 3))
  }
})

t.test('every number of threads, with clusters across strips and sources far away', needsSimd, async (t) => {
  const shape = [200, 1000] as const
  const calibration = poolCalibration(shape, 3)
  for (let row = 0; row < 200; row++) calibration.defects.data.fill(DEFECT_FLAGS.dead, 1000 * row + 500, 1000 * row + 503)
  for (let row = 20; row < 80; row++) calibration.defects.data.fill(DEFECT_FLAGS.dead, 1000 * row + 100, 1000 * row + 160)
  for (const threads of [1, 2, 3]) for (const options of WAYS) await assertSame(t, calibration, poolFrame(shape, 9), options, threads)
})

t.test('saturation: unknown, none, everything', needsSimd, async (t) => {
  const shape = [40, 1000] as const
  for (const saturation of [null, -1, 0, 0.5, 65535, 1e9]) {
    await assertSame(t, poolCalibration(shape, 4, 0.05, saturation), poolFrame(shape, 6), { output: 'uint16' }, 2)
    await assertSame(t, poolCalibration(shape, 4, 0.05, saturation), poolFrame(shape, 6), {}, 2)
  }
})

t.test('many frames at once, each with its own result', needsSimd, async (t) => {
  const shape = [150, 301] as const
  const calibration = poolCalibration(shape, 8)
  const corrector = createCorrector(calibration, { kernels: 'typescript' })
  const pool = createCorrectionPool(calibration, { threads: 2 })
  const frames = Array.from({ length: 20 }, (_, i) => poolFrame(shape, 100 + i))
  const results = await Promise.all(frames.map((raw, i) => pool.correct(raw, { threads: 1 + (i % 3) })))
  results.forEach(({ data }, i) => t.ok(bitsOf(data).equals(bitsOf(corrector.correct(frames[i]))), `frame ${i}`))
  await pool.close()
})

t.test('other forms and types of frames', async (t) => {
  const shape = [12, 20] as const
  const calibration = poolCalibration(shape, 2)
  const raw = poolFrame(shape, 1)
  for (const kernels of ['auto', 'typescript'] as const) {
    const corrector = createCorrector(calibration, { kernels: 'typescript' })
    const pool = createCorrectionPool(calibration, { threads: 2, kernels })
    t.equal(pool.kernels, openKernels() && kernels === 'auto' ? 'simd' : 'typescript')
    t.equal(pool.threads, pool.kernels === 'simd' ? 2 : 0)
    t.strictSame(pool.shape, [12, 20])
    t.equal(pool.owns(pool.allocRaw()), pool.kernels === 'simd')
    t.notOk(pool.owns(raw))
    const damaged = Float32Array.from(raw)
    damaged[33] = NaN
    const upright = ndarray(
      Uint16Array.from({ length: 240 }, (_, i) => raw[(i % 12) * 20 + Math.floor(i / 12)]),
      [20, 12]
    ).transpose(1, 0)
    for (const given of [raw, { data: raw, shape }, ndarray(raw, [12, 20]), upright, damaged, Float64Array.from(raw)]) {
      const expected = corrector.correct(given as Uint16Array)
      const wanted = ArrayBuffer.isView(expected) ? expected : (expected as { data: Float32Array }).data
      const { data, facts } = await pool.correct(given)
      t.ok(bitsOf(data).equals(bitsOf(wanted)), given.constructor.name)
      t.strictSame(facts, corrector.last)
    }
    const out = ndarray(new Float32Array(240), [12, 20])
    const { data } = await pool.correct(raw, { out })
    t.equal(data, out.data, 'an ndarray to write into')
    await pool.close()
  }
})

t.test('what is refused, by name', async (t) => {
  const shape = [40, 50] as const
  const calibration = poolCalibration(shape, 2)
  for (const threads of [0, -1, 1.5, 257, NaN, '2']) {
    t.throws(() => createCorrectionPool(calibration, { threads: threads as number }), {
      code: 'ERR_OPTION',
      message: /option "threads": expected a whole number from 1 to 256/
    })
  }
  t.throws(() => createCorrectionPool(calibration, { maps: 'compact' }), { code: 'ERR_OPTION', message: /option "maps"/ })
  const pool = createCorrectionPool(calibration, { threads: 1 })
  const raw = poolFrame(shape, 1)
  await t.rejects(pool.correct(new Uint16Array(3)), { code: 'ERR_SHAPE', message: /raw frame: expected 2000 values/ })
  await t.rejects(pool.correct({ data: raw, shape: [50, 40], info: { name: 'a.tif' } }), { code: 'ERR_SHAPE', message: /raw frame a.tif/ })
  await t.rejects(pool.correct({ data: raw, shape, info: { mode: { binning: '2x2' } } }), { code: 'ERR_MODE' })
  await t.rejects(pool.correct({ data: raw, shape, info: { corrections: ['gain'] } }), { code: 'ERR_MODE' })
  await t.rejects(pool.correct(null as unknown as Uint16Array), { code: 'ERR_OPTION', message: /raw frame: expected a typed array/ })
  await t.rejects(pool.correct(new Float64Array(2000).fill(0.1)), { code: 'ERR_FORMAT' })
  await t.rejects(pool.correct(raw, { out: new Uint16Array(2000) as unknown as Float32Array }), {
    code: 'ERR_OPTION',
    message: /out: expected a Float32Array/
  })
  await t.rejects(pool.correct(raw, { out: calibration.gain.data }), { code: 'ERR_OPTION', message: /apart from the gain map/ })
  await t.rejects(pool.correct(raw, { threads: 0 }), { code: 'ERR_OPTION' })
  const own = pool.allocRaw()
  if (pool.kernels === 'simd') {
    const overlap = new Float32Array(own.buffer, 4096, 2000)
    await t.rejects(pool.correct(raw, { out: overlap }), { code: 'ERR_OPTION', message: /apart from the maps/ })
  }
  t.ok((await pool.correct(raw)).data, 'it goes on after all that')
  await pool.close()
})

t.test('by default one thread less than there are cores', needsSimd, async (t) => {
  const pool = createCorrectionPool(poolCalibration([4, 4], 1))
  t.equal(pool.threads, Math.max(1, Math.min(256, availableParallelism() - 1)))
  await pool.close()
})

t.test('an abort ends the work on a frame, and nothing else', needsSimd, async (t) => {
  const shape = [500, 1000] as const
  const pool = createCorrectionPool(poolCalibration(shape, 2), { threads: 2 })
  const raw = poolFrame(shape, 1)
  const reason = new Error('enough')
  await t.rejects(pool.correct(raw, { signal: AbortSignal.abort(reason) }), { code: 'ERR_ABORTED', cause: reason })
  const controller = new AbortController()
  const calls = Array.from({ length: 5 }, () => pool.correct(raw, { signal: controller.signal }))
  const other = pool.correct(raw)
  controller.abort(reason)
  for (const call of calls) await t.rejects(call, { code: 'ERR_ABORTED', cause: reason })
  const expected = createCorrector(poolCalibration(shape, 2), { kernels: 'typescript' }).correct(raw)
  t.ok(bitsOf((await other).data).equals(bitsOf(expected)))

  // frames of the pool are at the threads at once, so these are called off where they wait
  const own = pool.allocRaw()
  own.set(raw)
  const late = new AbortController()
  const waiting = Array.from({ length: 8 }, () => pool.correct(own, { out: pool.allocOutput(), signal: late.signal }))
  late.abort(reason)
  for (const call of waiting) await t.rejects(call, { code: 'ERR_ABORTED', cause: reason })
  t.ok(bitsOf((await pool.correct(own)).data).equals(bitsOf(expected)), 'and the next is whole')
  await pool.close()
})

t.test('a job that was called off is not begun', needsSimd, async (t) => {
  const { kernels, memory, reserve } = openKernels()!
  const [job, tally, raw, out, offset, gain] = [JOB_BYTES, 64, 64, 64, 64, 64].map((bytes) => reserve(bytes)!)
  const none = {
    strips: 1,
    kind: 0,
    count: 8,
    saturation: 65_536,
    pedestal: 0,
    compactOffset: 0,
    compactGain: 0,
    base: 0,
    repair: 0,
    steps: 0,
    fused: 0
  }
  const frame = { ...none, offset, gain, targets: raw, before: raw, groups: raw }
  const corrected = new Float32Array(memory.buffer, out, 8).fill(-1)
  const places = { raw, out, work: out, program: 0 }
  writeJob(memory.buffer, job, frame, places)
  callOffJob(memory.buffer, job)
  kernels.runJob(job, tally)
  t.strictSame([...corrected], Array(8).fill(-1))
  writeJob(memory.buffer, job, frame, places)
  kernels.runJob(job, tally)
  t.strictSame([...corrected], Array(8).fill(0), '(0 - 0) * 0')
})

t.test('close lets frames end and refuses more', async (t) => {
  const shape = [500, 1000] as const
  const pool = createCorrectionPool(poolCalibration(shape, 2), { threads: 2 })
  const raw = poolFrame(shape, 1)
  const settled: number[] = []
  const calls = [0, 1, 2, 3].map((i) => pool.correct(raw).then(() => settled.push(i)))
  const closing = pool.close()
  await t.rejects(pool.correct(raw), { code: 'ERR_OPTION', message: 'correction pool: expected to be open, received a closed one' })
  await closing
  t.equal(settled.length, 4)
  await Promise.all(calls)
  await pool.close()
})

t.test('a thread that dies fails its jobs with a typed error, the others go on', needsSimd, async (t) => {
  const space = openKernels()!
  const team = new WorkerTeam(2, space)
  // beyond the 4 GiB of any memory: the thread traps
  const beyond = 2 ** 32 - 64
  const job = space.reserve(256)!
  const tallies = space.reserve(64)!
  await t.rejects(team.run(beyond, 1, tallies), {
    code: 'ERR_IO',
    message: /worker thread: expected to start and to run, received .*memory access/
  })
  await team.run(job, 2, tallies) // a job of no strips
  const both = [team.run(beyond, 1, tallies), team.run(job, 1, tallies)]
  await t.rejects(both[0], { code: 'ERR_IO' })
  await t.rejects(both[1], { code: 'ERR_IO' }, 'what waited for the last thread')
  await t.rejects(team.run(job, 1, tallies), { code: 'ERR_IO' }, 'nobody is left')
  await team.close()

  const ended = new WorkerTeam(1, space)
  const lost = ended.run(job, 1, tallies)
  await Promise.all([t.rejects(lost, { code: 'ERR_IO', message: /received exit code/ }), ended.close()])
  // a function cannot be handed to a thread, so the system refuses it
  t.throws(() => new WorkerTeam(2, { ...space, module: () => 0 }), { code: 'ERR_IO', message: /worker thread: .*could not be cloned/ })
})

t.test('a memory that is full: frames are corrected on the calling thread', needsSimd, async (t) => {
  const shape = [2000, 2000] as const
  const calibration = poolCalibration(shape, 2, 0)
  const pool = createCorrectionPool(calibration, { threads: 2 })
  const own = pool.allocRaw()
  // nothing touches these, so they cost address space only
  while (pool.owns(pool.allocOutput()));
  while (pool.owns(pool.allocRaw()));
  const raw = poolFrame(shape, 3)
  own.set(raw)
  const corrector = createCorrector(calibration)
  const expected = bitsOf(corrector.correct(raw))
  for (const given of [raw, own]) {
    const { data, facts } = await pool.correct(given)
    t.ok(bitsOf(data).equals(expected))
    t.strictSame(facts, corrector.last)
  }
  await pool.close()

  const full = { ...openKernels()!, reserve: () => null }
  const engine = { space: full, options: { count: 4, repair: true, pedestal: 0, maps: 'float32' } } as unknown as SimdEngine
  t.equal(describeJobs(engine, corrector.plan, new FrameCorrector(calibration, {}).program, 'float32'), null, 'no room for the plan')
  const runner = new JobRunner(full, { stepBytes: 0 } as JobDescription, 1)
  t.equal(runner.open(engine.steps), null, 'no room for a job')
  await runner.end()
})

t.test('a pool takes another calibration between two frames', async (t) => {
  const shape = [300, 331] as const
  const raw = poolFrame(shape, 1)
  const first = poolCalibration(shape, 2)
  // new maps and the same bad pixels; other bad pixels; a further step
  const corrections = { rowReference: { columns: [[0, 16]], halves: [{ rows: [0, 300], rowNoise: 1, weight: 0.5 }] } } as const
  const next = [{ ...poolCalibration(shape, 3), defects: first.defects }, poolCalibration(shape, 4, 0.05, null), { ...first, corrections }]
  for (const output of ['float32', 'uint16'] as const) {
    const pool = createCorrectionPool(first, { threads: 2, output })
    const expected = [first, ...next].map((calibration) => createCorrector(calibration, { output, kernels: 'typescript' }).correct(raw))
    const results = [pool.correct(raw), pool.correct(raw)]
    const changes = next.map((calibration) => {
      const changed = pool.setCalibration(calibration)
      results.push(pool.correct(raw))
      return changed
    })
    await Promise.all(changes)
    const frames = await Promise.all(results)
    frames.forEach(({ data, facts }, i) => {
      t.ok(bitsOf(data).equals(bitsOf(expected[Math.max(0, i - 1)])), `frame ${i}`)
      t.equal(facts.generation, Math.max(1, i))
    })
    await t.rejects(pool.setCalibration(poolCalibration([10, 10], 1)), { code: 'ERR_SHAPE' })
    t.ok(bitsOf((await pool.correct(raw)).data).equals(bitsOf(expected[3])), 'the old one stays')
    await pool.close()
    await t.rejects(pool.setCalibration(first), { code: 'ERR_OPTION' })
  }
})

t.test('things used in turn', async (t) => {
  let made = 0
  const ring = new FrameRing(2, () => ++made)
  t.strictSame([await ring.take(), await ring.take()], [1, 2])
  const third = ring.take()
  const fourth = ring.take()
  ring.giveBack(2)
  ring.giveBack(1)
  t.strictSame([await third, await fourth], [2, 1])
  ring.giveBack(1)
  t.equal(await ring.take(), 1)
  t.equal(made, 2)
})
