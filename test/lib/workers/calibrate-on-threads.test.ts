import t from 'tap'
import type { Test } from 'tap'
import { buildCalibration } from '../../../calibration/build-calibration.js'
import { calibrate } from '../../../calibration/calibrate.js'
import { judgeStack } from '../../../calibration/stacks/judge-stack.js'
import { openStack } from '../../../calibration/stacks/open-stack.js'
import { StackStore } from '../../../calibration/stacks/stack-store.js'
import { summarizeStack } from '../../../calibration/stacks/summarize-stack.js'
import { IoError } from '../../../lib/errors.js'
import { openKernels } from '../../../lib/kernels/simd/open-kernels.js'
import { calibrateOnThreads } from '../../../lib/workers/calibrate-on-threads.js'
import { gaussianSource } from '../../fixtures/gaussian-source.js'
import { makeFrames, streamOf } from '../../fixtures/make-frames.js'
import type { CalibrationSet } from '../../../lib/maps/calibration-set.js'

const needsSimd = openKernels() ? {} : { skip: 'no WebAssembly with SIMD here' }

// Threads are used from 2^18 pixels on; four runs of 65 536 pixels and a part, no multiple of eight.
const shape = [521, 523] as const
const gaussian = gaussianSource(7)
const noise = Float32Array.from({ length: 400_000 }, () => gaussian())
const dark = (i: number, t: number): number => 300 + (i % 7) + 4 * noise[(i + 31_013 * t) % noise.length]
const flat = (i: number, t: number): number =>
  dark(i, t + 9) + (i % 9001 === 5 ? 0 : 8000 + (i % 523) + 30 * noise[(i + 17_011 * t) % noise.length])
const darks = makeFrames(10, shape, dark)
const flats = makeFrames(10, shape, flat)
// A cosmic hit, a frame that is there twice, and a saturated pixel.
darks[4].data[1000] = 40_000
flats[3] = flats[2]
flats[5].data[2000] = 65_535
const options = { bits: 16, now: new Date(0) }

const MAPS = ['offset', 'offsetErrors', 'noise', 'gain', 'gainErrors', 'flatSignal', 'flatNoise', 'defects'] as const

function assertSameMaps(t: Test, found: CalibrationSet, wanted: CalibrationSet, message: string): void {
  for (const name of MAPS) {
    const [a, b] = [found[name]!.data, wanted[name]!.data]
    t.ok(Buffer.from(a.buffer, a.byteOffset, a.byteLength).equals(Buffer.from(b.buffer, b.byteOffset, b.byteLength)), `${message}: ${name}`)
  }
}

t.test('the calibration is that of one thread and of frames in arrays, to the bit, with its provenance', needsSimd, async (t) => {
  const wanted = await calibrate({ darks, flats: [flats] }, options)
  t.match(wanted.provenance.stacks[1].frames[3], { verdict: 'dropped', reason: /duplicate/ })
  const input = { darks: streamOf(darks), flats: [streamOf(flats)] }
  for (const threads of [0, 1, 3]) {
    const found = await calibrateOnThreads(input, { ...options, threads })
    assertSameMaps(t, found, wanted, `${threads} threads`)
    t.strictSame(found.provenance, wanted.provenance)
  }
})

t.test('halves, and bands of rows where the memory does not hold a stack', needsSimd, async (t) => {
  const input = { darks: streamOf(darks), flats: [streamOf(flats)] }
  const wanted = await calibrate({ darks, flats: [flats] }, { ...options, splitHalf: true })
  const held = await calibrateOnThreads(input, { ...options, splitHalf: true, threads: 2 })
  assertSameMaps(t, held, wanted, 'held')
  t.strictSame(held.provenance.defectFinding, wanted.provenance.defectFinding)
  // 150 rows of ten frames of 523 columns
  const read = await calibrateOnThreads(input, { ...options, memory: 150 * 10 * 523 * 2, threads: 2 })
  assertSameMaps(t, read, wanted, 'read again')
  t.strictSame(
    read.provenance.stacks.map(({ passes }) => passes),
    [5, 13],
    'one pass and 4 bands; flats are combined twice and summed once'
  )
})

t.test('frames that are no uint16, and small ones, need no threads', async (t) => {
  const small = [64, 64] as const
  const floats = (value: (i: number, t: number) => number) =>
    makeFrames(8, small, value).map(({ data }) => ({ data: Float32Array.from(data), shape: small }))
  const input = { darks: floats(dark), flats: [floats((i, t) => flat(i + 6, t))] }
  const wanted = await calibrate(input, options)
  const found = await calibrateOnThreads({ darks: streamOf(input.darks), flats: [streamOf(input.flats[0])] }, { ...options, threads: 2 })
  assertSameMaps(t, found, wanted, 'float32')
})

t.test('a value that is not finite falls to the TypeScript kernels, in the store as in arrays', needsSimd, async (t) => {
  const little = [5, 7] as const
  const frames = makeFrames(6, little, (i, k) => 100 + ((i * 5 + k * 3) % 11))
  const offset = Float32Array.from({ length: 35 }, (_, i) => (i === 17 ? NaN : i))
  const summaryOf = async (source: Parameters<typeof openStack>[0]) => {
    const stack = await openStack(source, { role: 'dark', subject: 'darks', bits: 12 })
    return summarizeStack(stack, judgeStack(stack), { offset })
  }
  t.strictSame(await summaryOf(streamOf(frames)), await summaryOf(frames))
})

t.test('the signal ends it, and every thread', needsSimd, async (t) => {
  const stop = new AbortController()
  const running = calibrateOnThreads(
    { darks: streamOf(darks), flats: [streamOf(flats)] },
    {
      ...options,
      threads: 2,
      signal: stop.signal,
      onProgress: ({ stage, done }) => stage === 'combining darks' && done > 0 && stop.abort(new Error('enough'))
    }
  )
  await t.rejects(running, { code: 'ERR_ABORTED', message: /combining darks/ })
})

t.test('threads that fail are told once, as an IoError', needsSimd, async (t) => {
  const failure = new IoError({ subject: 'worker thread', expected: 'to run', received: 'exit code 1' })
  const fail = async (): Promise<never> => Promise.reject(failure)
  const input = { darks: streamOf(darks), flats: [streamOf(flats)] }
  const hashing = new StackStore(() => ({ threads: 2, hash: fail, combine: fail }))
  await t.rejects(buildCalibration(input, options, hashing), failure)
  const combining = new StackStore(() => ({ threads: 2, hash: async () => 'a', combine: fail }))
  await t.rejects(buildCalibration(input, { ...options, allowDuplicates: true }, combining), failure)
})

t.test('threads that cannot be', async (t) => {
  for (const threads of [-1, 65, 1.5, NaN]) {
    await t.rejects(calibrateOnThreads({ darks, flats: [flats] }, { threads }), {
      code: 'ERR_OPTION',
      message: /"threads".*a whole number from 0 to 64/
    })
  }
})
