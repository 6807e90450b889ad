import { setTimeout } from 'node:timers/promises'
import ndarray from 'ndarray'
import t from 'tap'
import { createCorrector } from '../../../lib/correction/create-corrector.js'
import { openKernels } from '../../../lib/kernels/simd/open-kernels.js'
import { correctStream } from '../../../lib/workers/correct-stream.js'
import { createCorrectionPool } from '../../../lib/workers/create-correction-pool.js'
import { poolCalibration, poolFrame } from '../../fixtures/pool-cases.js'
import type { FrameInput } from '../../../lib/correction/corrector.js'
import type { CorrectionPool } from '../../../lib/workers/correction-pool.js'

const shape = [150, 301] as const
const count = shape[0] * shape[1]
const calibration = poolCalibration(shape, 8)
const corrector = createCorrector(calibration, { kernels: 'typescript' })
const wanted = (seed: number): Float32Array => corrector.correct(poolFrame(shape, seed)).slice()

/** Frames 0 to before `n` in one buffer, as a camera gives them; how many were asked for, and whether it was ended. */
function cameraOf(n: number, pauseMs = 0) {
  const state = { given: 0, returned: 0 }
  async function* run(): AsyncGenerator<FrameInput, void> {
    const buffer = new Uint16Array(count)
    try {
      for (; state.given < n; state.given++) {
        if (pauseMs > 0) await setTimeout(pauseMs)
        buffer.set(poolFrame(shape, state.given + 1))
        yield { data: buffer, shape, info: { name: `frame ${state.given}` } }
      }
    } finally {
      state.returned++
    }
  }
  return { state, frames: run() }
}

const pools: CorrectionPool[] = []
function poolOf(threads: number, kernels: 'auto' | 'typescript' = 'auto'): CorrectionPool<Float32Array> {
  const pool = createCorrectionPool(calibration, { threads, kernels })
  pools.push(pool)
  return pool
}
t.teardown(() => Promise.all(pools.map((pool) => pool.close())))

t.test('frames come in order with the bits of a corrector, from one buffer', async (t) => {
  for (const [threads, concurrency, queue, kernels] of [
    [1, 1, 0, 'auto'],
    [2, 3, 1, 'auto'],
    [3, 2, 5, 'auto'],
    [2, 4, 2, 'typescript']
  ] as const) {
    const { state, frames } = cameraOf(12)
    const seen: number[] = []
    const stream = correctStream(frames, poolOf(threads, kernels), { concurrency, queue })
    for await (const { index, data, info, facts, shape: out } of stream) {
      seen.push(index)
      corrector.correct(poolFrame(shape, index + 1))
      t.ok(Buffer.from(wanted(index + 1).buffer).equals(Buffer.from(data.slice().buffer)), `frame ${index}`)
      t.strictSame(facts, corrector.last)
      t.strictSame([out, info], [shape, { name: `frame ${index}` }])
    }
    t.strictSame(
      seen,
      Array.from({ length: 12 }, (_, i) => i)
    )
    t.equal(stream.dropped, 0)
    t.equal(state.returned, 1)
    t.strictSame(await stream.next(), { done: true, value: undefined }, 'it stays at its end')
  }
})

t.test('frames of every form, and those in the memory of the pool', async (t) => {
  const pool = poolOf(2)
  const raw = poolFrame(shape, 1)
  const own = pool.allocRaw()
  own.set(raw)
  const upright = ndarray(
    Uint16Array.from({ length: count }, (_, i) => raw[(i % 150) * 301 + Math.floor(i / 150)]),
    [301, 150]
  ).transpose(1, 0)
  const frames = [
    raw,
    own,
    { data: own, shape },
    ndarray(raw, [150, 301]),
    upright,
    Float32Array.from(raw),
    { data: Float64Array.from(raw), shape }
  ]
  let n = 0
  for await (const { data } of correctStream(frames, pool)) t.strictSame(data, wanted(1), `form ${n++}`)
  t.equal(n, 7)
  for await (const frame of correctStream([], pool)) t.fail(`nothing comes of nothing, ${frame.index} came`)
})

t.test('the source is not read further ahead than concurrency and queue', async (t) => {
  const pool = poolOf(2)
  for (const [concurrency, queue] of [
    [1, 0],
    [2, 1],
    [3, 4]
  ]) {
    const { state, frames } = cameraOf(30)
    let taken = 0
    for await (const { index } of correctStream(frames, pool, { concurrency, queue })) {
      taken++
      await setTimeout(15)
      // a generator counts a frame as given when the next is asked for
      if (state.given > taken + concurrency + queue) t.fail(`${state.given} given when ${taken} were taken, at frame ${index}`)
    }
    t.equal(taken, 30)
  }
  const { state, frames } = cameraOf(3)
  correctStream(frames, pool)
  await setTimeout(10)
  t.equal(state.given, 0, 'nothing is read before the first frame is asked for')
})

t.test('a slow consumer of a source that goes on: frames are dropped and counted', async (t) => {
  for (const kernels of ['auto', 'typescript'] as const) {
    const { frames } = cameraOf(40, 2)
    const seen: number[] = []
    const stream = correctStream(frames, poolOf(2, kernels), { concurrency: 1, queue: 1, whenFull: 'drop' })
    for await (const { index, data } of stream) {
      t.strictSame(data, wanted(index + 1), `frame ${index} is itself`)
      seen.push(index)
      await setTimeout(25)
    }
    t.ok(stream.dropped > 0, `${stream.dropped} dropped`)
    t.equal(seen.length + stream.dropped, 40, 'all are accounted for')
    t.strictSame(
      seen,
      [...seen].sort((a, b) => a - b)
    )
  }
})

t.test('a source that never waits does not shut the threads out', { timeout: 20_000 }, async (t) => {
  const raw = poolFrame(shape, 1)
  function* endless(): Generator<Uint16Array> {
    for (;;) yield raw
  }
  const stream = correctStream(endless(), poolOf(1), { whenFull: 'drop' })
  let taken = 0
  for await (const { data } of stream) {
    t.equal(data.length, count)
    if (++taken === 5) break
  }
  t.equal(taken, 5)
})

t.test('leaving the loop ends the source', async (t) => {
  const pool = poolOf(2)
  const { state, frames } = cameraOf(50)
  for await (const { index } of correctStream(frames, pool)) if (index === 3) break
  t.equal(state.returned, 1)
  t.ok(state.given < 50)
  // a source that fails when it is ended says so, unless there is an error already
  const failing = (): Iterable<Uint16Array> => ({
    [Symbol.iterator]: () => ({
      next: () => ({ done: false, value: poolFrame(shape, 1) }),
      return: () => {
        throw new TypeError('will not close')
      }
    })
  })
  await t.rejects(
    async () => {
      for await (const { index } of correctStream(failing(), pool)) if (index === 1) break
    },
    { message: 'will not close' }
  )
  await t.rejects(
    async () => {
      for await (const { index } of correctStream(failing(), pool)) if (index === 1) throw new RangeError('of the consumer')
    },
    { message: /will not close|of the consumer/ }
  )
  const stream = correctStream(cameraOf(5).frames, pool)
  await stream.next()
  await t.rejects(stream.throw!(new RangeError('thrown in')), { message: 'thrown in' })
  t.strictSame(await stream.next(), { done: true, value: undefined })
})

t.test('an error of the source comes after the frames before it', async (t) => {
  const cause = new RangeError('the cable is out')
  async function* broken(): AsyncGenerator<Uint16Array> {
    for (let i = 0; i < 4; i++) yield poolFrame(shape, i + 1)
    throw cause
  }
  const seen: number[] = []
  let caught: unknown
  try {
    for await (const { index } of correctStream(broken(), poolOf(2))) seen.push(index)
  } catch (error) {
    caught = error
  }
  t.strictSame(seen, [0, 1, 2, 3])
  t.equal(caught, cause)
})

t.test('a frame that is refused comes in its place, typed, and ends source and stream', async (t) => {
  const pool = poolOf(2)
  const cut = ndarray(new Uint16Array(6), [2, 3])
  cut.offset = 99
  const cases: [unknown, { code: string; message?: RegExp }][] = [
    [new Uint16Array(5), { code: 'ERR_SHAPE', message: /raw frame: expected 45150 values/ }],
    [
      { data: poolFrame(shape, 1), shape: [301, 150], info: { name: 'turned.tif' } },
      { code: 'ERR_SHAPE', message: /turned.tif/ }
    ],
    [{ data: poolFrame(shape, 1), shape, info: { mode: { binning: '2x2' } } }, { code: 'ERR_MODE' }],
    [new Float64Array(count).fill(0.1), { code: 'ERR_FORMAT' }],
    [new DataView(new ArrayBuffer(2 * count)), { code: 'ERR_SHAPE' }],
    [new BigInt64Array(count), { code: 'ERR_OPTION' }],
    [cut, { code: 'ERR_SHAPE', message: /ndarray/ }],
    [null, { code: 'ERR_OPTION', message: /received null/ }],
    [7, { code: 'ERR_OPTION', message: /received 7/ }]
  ]
  for (const [bad, expected] of cases) {
    let returned = 0
    const seen: number[] = []
    const mixed = function* (): Generator<FrameInput> {
      try {
        for (let i = 0; i < 9; i++) yield i === 3 ? (bad as FrameInput) : poolFrame(shape, i + 1)
      } finally {
        returned++
      }
    }
    await t.rejects(async () => {
      for await (const { index } of correctStream(mixed(), pool, { concurrency: 2, queue: 1 })) seen.push(index)
    }, expected)
    t.strictSame(seen, [0, 1, 2])
    t.equal(returned, 1)
  }
})

t.test('an abort: before, between frames, and while the source waits for ever', { timeout: 20_000 }, async (t) => {
  const pool = poolOf(2)
  const reason = new Error('enough')
  const early = cameraOf(5)
  const before = correctStream(early.frames, pool, { signal: AbortSignal.abort(reason) })
  await t.rejects(before.next(), { code: 'ERR_ABORTED', cause: reason })
  t.equal(early.state.given, 0)

  const controller = new AbortController()
  const { state, frames } = cameraOf(50)
  const seen: number[] = []
  await t.rejects(
    async () => {
      for await (const { index } of correctStream(frames, pool, { signal: controller.signal })) {
        seen.push(index)
        if (index === 4) controller.abort(reason)
      }
    },
    { code: 'ERR_ABORTED', cause: reason }
  )
  t.strictSame(seen, [0, 1, 2, 3, 4])
  await setTimeout(20)
  t.equal(state.returned, 1)

  const other = new AbortController()
  async function* silent(): AsyncGenerator<Uint16Array> {
    yield poolFrame(shape, 1)
    await new Promise(() => {})
  }
  const stream = correctStream(silent(), pool, { signal: other.signal })
  t.equal((await stream.next()).value?.index, 0)
  const next = stream.next()
  globalThis.setTimeout(() => other.abort(reason), 20)
  await t.rejects(next, { code: 'ERR_ABORTED', cause: reason })
  t.strictSame((await pool.correct(poolFrame(shape, 2))).data, wanted(2), 'the pool goes on')
})

t.test('streams one after the other do with the same memory', { skip: openKernels() === null }, async (t) => {
  const pool = poolOf(2)
  const places = new Set<number>()
  for (let i = 0; i < 6; i++) {
    for await (const { index, data } of correctStream(cameraOf(8).frames, pool, { concurrency: 3 })) {
      places.add(data.byteOffset)
      if (i % 2 === 1 && index === 5) break
    }
    await pool.correct(poolFrame(shape, 1))
  }
  t.ok(places.size <= 4, `${places.size} corrected frames: three under way and the one that is looked at`)
})

t.test('a pool that was closed, options out of range', async (t) => {
  const pool = createCorrectionPool(calibration, { threads: 1 })
  await pool.close()
  await t.rejects(correctStream(cameraOf(2).frames, pool).next(), { code: 'ERR_OPTION', message: /correction pool: expected to be open/ })
  const refused: [object, RegExp][] = [
    [{ concurrency: 0 }, /option "concurrency": expected a whole number from 1 to 1024, received 0/],
    [{ concurrency: 1.5 }, /concurrency/],
    [{ queue: -1 }, /option "queue": expected a whole number from 0 to 1024/],
    [{ whenFull: 'throw' }, /option "whenFull": expected 'wait' or 'drop', received throw/]
  ]
  for (const [options, message] of refused) t.throws(() => correctStream([], pool, options), { code: 'ERR_OPTION', message })
  for (const frames of [null, undefined, 7, {}]) {
    t.throws(() => correctStream(frames as Iterable<Uint16Array>, pool), {
      code: 'ERR_OPTION',
      message: /frames: expected something to iterate over/
    })
  }
})
