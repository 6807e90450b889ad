import ndarray from 'ndarray'
import t from 'tap'
import { buildOffsetMap } from '../../calibration/build-offset-map.js'
import type { RawFrame } from '../../lib/frame/raw-frame.js'
import { assertClose } from '../fixtures/assert-close.js'
import { gaussianSource } from '../fixtures/gaussian-source.js'
import { makeFrames, streamOf } from '../fixtures/make-frames.js'

const shape = [64, 64] as const
const mean = (values: ArrayLike<number>): number => Array.from(values).reduce((a, b) => a + b, 0) / values.length
const median = (values: ArrayLike<number>): number => Float64Array.from(values).sort()[values.length >> 1]
const same = (a: Float32Array | null, b: Float32Array | null): boolean => Buffer.from(a!.buffer).equals(Buffer.from(b!.buffer))

t.test('a pulse of 1000 DN in one of 32 darks moves the mean by 31.25 DN and the clipped mean not at all', async (t) => {
  const gaussian = gaussianSource(1)
  const quiet = makeFrames(32, shape, () => 300 + 5 * gaussian())
  const pulsed = quiet.map((frame, k) =>
    k === 20 ? { ...frame, data: frame.data.slice().map((v, i) => (i % 256 === 0 ? v + 1000 : v)) } : frame
  )
  const others = await buildOffsetMap(
    quiet.filter((_, k) => k !== 20),
    { combine: 'mean', detrendDarks: false }
  )
  const clipped = await buildOffsetMap(pulsed, { detrendDarks: false })
  const plain = await buildOffsetMap(pulsed, { detrendDarks: false, combine: 'mean' })
  const before = await buildOffsetMap(quiet, { detrendDarks: false, combine: 'mean' })
  const at = (map: Float32Array): number[] => Array.from(map).filter((_, i) => i % 256 === 0)
  // Exact but for other clipped values (2 sided 6e-5, times the uncertainty of a MAD of 32): below 0.05 sigma = 0.25 DN on average.
  t.ok(Math.abs(mean(at(clipped.offset.data)) - mean(at(others.offset.data))) < 0.02, 'mean of the pulsed pixels')
  t.ok(median(at(clipped.offset.data).map((v, k) => Math.abs(v - at(others.offset.data)[k]))) < 1e-4, 'pixel by pixel')
  assertClose(
    t,
    at(plain.offset.data),
    at(before.offset.data).map((v) => v + 31.25),
    'the mean moves',
    { absolute: 1e-4 }
  )
  const share = clipped.summary.rejectedFraction!
  t.ok(share[20] >= 1 / 256 && Math.max(...share.filter((_, k) => k !== 20)) < 0.002, 'the frame is told by its rejected pixels')
  // Where the pulse covers more, the frame as a whole is no dark; where it stays below that, its rejections are told.
  const wide = await buildOffsetMap(
    quiet.map((frame, k) => (k === 20 ? { ...frame, data: frame.data.slice().map((v, i) => (i % 4 === 0 ? v + 1000 : v)) } : frame))
  )
  t.match(wide.triage.frames[20], { verdict: 'dropped', reason: /^beam on: frame mean 5\d\d/ })
  const faint = await buildOffsetMap(
    quiet.map((frame, k) => (k === 20 ? { ...frame, data: frame.data.slice().map((v, i) => (i % 14 === 0 ? v + 50 : v)) } : frame))
  )
  t.match(faint.warnings.join(), /7\.\d % of the pixels of frame 20 were rejected/)
})

t.test('nine values of 100 and one of 10000 give 100; a median below eight frames does too', async (t) => {
  for (const count of [10, 7]) {
    // Pixel 0 is the case; the others make every frame another one.
    const frames = makeFrames(count, shape, (i, k) => (i > 0 ? 100 + ((i * (k + 1)) % 3) : k === 3 ? 10000 : 100))
    const { offset, summary } = await buildOffsetMap(frames, { detrendDarks: false })
    t.equal(offset.data[0], 100, `${count} frames: ${summary.record.combine}`)
    t.ok(Number.isFinite(summary.smallestRejectable))
  }
})

t.test('the smallest rejectable deviation is where half of the outliers are found', async (t) => {
  const gaussian = gaussianSource(3)
  for (const count of [8, 16, 32]) {
    const frames = Array.from({ length: count }, () => ({
      data: Float32Array.from({ length: 128 * 128 }, () => 1000 + gaussian()),
      shape: [128, 128] as const
    }))
    const { smallestRejectable } = (await buildOffsetMap(frames)).summary
    t.ok(smallestRejectable > 4 && smallestRejectable < 5, String(smallestRejectable))
    // The frame as a whole stays within the limit of triage, 5 DN; every pixel of it is an outlier of that many sigma.
    frames[5].data.forEach((value, i, data) => (data[i] = value + smallestRejectable))
    const { summary } = await buildOffsetMap(frames, { detrendDarks: false })
    t.equal(summary.frames, count)
    // The formula takes expected values: the share is one half within what the skewness of a MAD of few values leaves.
    t.ok(
      Math.abs(summary.rejectedFraction![5] - 0.5) < 0.15,
      `${count} frames: ${summary.rejectedFraction![5]} at ${smallestRejectable} sigma`
    )
  }
})

t.test('fractions survive: 400 corrected darks leave no rounding pattern', async (t) => {
  const gaussian = gaussianSource(5)
  const { offset } = await buildOffsetMap(
    makeFrames(64, shape, (i) => 100 + (i % 10) / 10 + 3 * gaussian()),
    {}
  )
  const sums = new Float64Array(64 * 64)
  for (const { data } of makeFrames(400, shape, (i) => 100 + (i % 10) / 10 + 3 * gaussian()))
    for (let i = 0; i < sums.length; i++) sums[i] += data[i] - offset.data[i]
  const left = Array.from(sums, (sum) => sum / 400)
  // Expected sd: 3 sqrt(1/400 + 1/64) = 0.404 DN; a map of integers would add 0.2887 DN: 0.496.
  const sd = Math.sqrt(mean(left.map((v) => v * v)) - mean(left) ** 2)
  t.ok(Math.abs(sd - 3.013 * Math.sqrt(1 / 400 + 1 / 64)) < 0.02, String(sd))
})

t.test('variance of 100 frames around 30000 with sd 2.6, and a mean of 30001 exactly', async (t) => {
  const gaussian = gaussianSource(11)
  const frames = makeFrames(100, shape, () => 30000 + 2.6 * gaussian())
  const { summary } = await buildOffsetMap(frames, { combine: 'mean', detrendDarks: false })
  const expected = Float64Array.from({ length: 4096 }, (_, i) => {
    // Exact integer sums in BigInt: n * sum of squares - square of the sum.
    let sum = 0n
    let squares = 0n
    for (const { data } of frames) {
      sum += BigInt(data[i])
      squares += BigInt(data[i]) ** 2n
    }
    return Math.sqrt(Number(100n * squares - sum * sum) / 9900)
  })
  assertClose(t, summary.sd!, expected, 'sd against exact integers', { relative: 2 ** -23 })
  // 2.6^2 + 1/12 = 6.843 for rounded values; standard error over 4096 pixels of 99 degrees: 6.843 sqrt(2/(99*4096)) = 0.015.
  t.ok(Math.abs(mean(Array.from(summary.sd!, (s) => s * s)) - 6.843) < 0.06, 'and against the truth')
  const big = await buildOffsetMap(makeFrames(1, [3072, 512], () => 30001))
  t.equal(mean(big.offset.data), 30001)
  t.equal(big.triage.frames[0].statistics.mean, 30001, 'frame mean')
})

t.test('drift of the whole panel is no noise', async (t) => {
  const gaussian = gaussianSource(13)
  const frames = makeFrames(32, shape, (i, k) => 500 + (i % 7) + 1.5 * k + 5 * gaussian())
  const { noise, warnings, triage } = await buildOffsetMap(frames)
  // Median of s over sigma at 30 frames is 0.9932 (chi distribution), at 32 about 0.9935; rounding adds 1/12 DN^2.
  t.ok(Math.abs(median(noise!.data) / (0.9935 * Math.sqrt(25 + 1 / 12)) - 1) < 0.01, String(median(noise!.data)))
  t.match(warnings.join(), /drifts by 4\d/)
  t.ok(Math.abs(triage.drift! - 46.5) < 0.5)
  const raw = await buildOffsetMap(frames, { detrendDarks: false, combine: 'mean' })
  // Shifts have mean 0: the plain mean stays what it was.
  const shifted = await buildOffsetMap(frames, { combine: 'mean' })
  assertClose(t, shifted.offset.data, raw.offset.data, 'offset', { absolute: 1e-4 })
})

t.test('the same bits whether held or read by bands, from an array, a stream or ndarrays', async (t) => {
  const gaussian = gaussianSource(17)
  const frames = makeFrames(12, [60, 40], (i, k) => 300 + (i % 40) + 4 * gaussian() + (k === 3 && i % 50 === 0 ? 100 : 0))
  const held = await buildOffsetMap(frames)
  let passes = 0
  const bands = await buildOffsetMap(
    streamOf(frames, () => passes++),
    { memory: 12 * 40 * 2 * 7 }
  )
  const wrapped = await buildOffsetMap(frames.map(({ data }) => ndarray(data as Uint16Array, [60, 40])) as unknown as RawFrame[])
  const streamed = await buildOffsetMap(streamOf(frames))
  for (const [name, other] of Object.entries({ bands, wrapped, streamed })) {
    t.ok(
      same(other.offset.data, held.offset.data) &&
        same(other.noise!.data, held.noise!.data) &&
        same(other.offsetErrors!.data, held.offsetErrors!.data),
      name
    )
    t.same(other.summary.rejectedFraction, held.summary.rejectedFraction)
  }
  t.equal(bands.summary.record.passes, passes)
  t.equal(passes, 1 + Math.ceil(60 / 7), 'first pass and nine bands of 7 rows')
  t.equal(held.summary.record.passes, 1)
  await t.rejects(buildOffsetMap(streamOf(frames), { memory: 100 }), { code: 'ERR_OPTION', message: /at least 960 bytes/ })
})

t.test('pixel types: bytes, signed and float frames give the map of the same values', async (t) => {
  const values = makeFrames(9, [20, 20], (i, k) => 20 + ((i * 7 + k * 3) % 11))
  const wanted = await buildOffsetMap(values)
  for (const Type of [Uint8Array, Int16Array, Float32Array, Float64Array, Int32Array, Uint32Array, Int8Array]) {
    const frames = values.map(({ data, shape }) => ({ data: new Type(data), shape }))
    const { offset } = await buildOffsetMap(frames)
    t.ok(same(offset.data, wanted.offset.data), Type.name)
    const bands = await buildOffsetMap(streamOf(frames), { memory: 9 * 20 * 4 * 3 })
    t.ok(same(bands.offset.data, wanted.offset.data), `${Type.name} by bands`)
  }
})

t.test('values that are not finite are left out of their pixel alone', async (t) => {
  const clean = makeFrames(9, [20, 20], (i, k) => 20 + ((i * 7 + k * 3) % 11)).map(({ data, shape }) => ({
    data: new Float32Array(data),
    shape
  }))
  const damaged = clean.map(({ data, shape }, k) => ({
    data: data
      .slice()
      .fill(NaN, 0, 1)
      .fill(k === 4 ? Infinity : data[1], 1, 2),
    shape
  }))
  const options = { detrendDarks: false }
  const a = await buildOffsetMap(clean, options)
  const b = await buildOffsetMap(damaged, options)
  t.equal(b.offset.data[0], 0, 'never finite: 0')
  t.ok(Number.isNaN(b.summary.location[0]), 'and known as such')
  t.equal(b.summary.saturated[0], 9)
  t.equal(b.summary.saturated[1], 1)
  assertClose(t, b.offset.data.subarray(2), a.offset.data.subarray(2), 'all other pixels')
  t.match(b.warnings.join(), /9 frames hold values that are not finite/)
})

t.test('darks that share no finite pixel are not shifted', async (t) => {
  const half = (odd: number) => ({
    data: Float32Array.from({ length: 64 }, (_, i) => (i % 2 === odd ? 100 * (odd + 1) : NaN)),
    shape: [8, 8] as const
  })
  const { offset, summary } = await buildOffsetMap([half(0), half(1), half(0), half(1)], { allowDuplicates: true, combine: 'mean' })
  t.same(Array.from(offset.data.subarray(0, 4)), [100, 200, 100, 200])
  t.equal(summary.frames, 4)
})

t.test('one dark gives a map and says what cannot be known', async (t) => {
  const { offset, noise, offsetErrors, warnings, summary } = await buildOffsetMap(makeFrames(1, [4, 4], (i) => i))
  t.same(
    Array.from(offset.data),
    Array.from({ length: 16 }, (_, i) => i)
  )
  t.same([noise, offsetErrors, summary.sd, summary.evenHalf, summary.smallestRejectable], [null, null, null, null, Infinity])
  t.match(warnings.join(), /one frame: temporal noise/)
  const few = await buildOffsetMap(makeFrames(9, [4, 4], (i, k) => i * (k + 1)))
  t.match(few.warnings.join(), /9 frames: the noise of the map adds 5\.4 %/)
})

t.test('a median combination, and one that does not exist', async (t) => {
  const frames = makeFrames(12, [4, 4], (i, k) => 100 * i + k)
  const { summary } = await buildOffsetMap(frames, { combine: 'median', detrendDarks: false })
  assertClose(
    t,
    summary.location,
    Array.from({ length: 16 }, (_, i) => 100 * i + 5.5),
    'medians'
  )
  t.equal(summary.record.combine, 'median')
  await t.rejects(buildOffsetMap(frames, { combine: 'mode' as 'mean' }), { code: 'ERR_OPTION', message: /option "combine"/ })
})

t.test('a source that changes between passes is refused', async (t) => {
  const frames = makeFrames(6, [10, 10], (i, k) => i + k * i)
  const changing = (later: RawFrame[]) => {
    let pass = 0
    return {
      *[Symbol.iterator]() {
        yield* pass++ === 0 ? frames : later
      }
    }
  }
  const memory = 6 * 10 * 2 * 5
  const float = frames.map(({ data, shape }) => ({ data: new Float32Array(data), shape }))
  for (const later of [frames.slice(1), [...frames, frames[0]], makeFrames(6, [5, 20], (i) => i), float]) {
    await t.rejects(buildOffsetMap(changing(later), { memory }), { code: 'ERR_STACK', message: /the same 6 frames in every pass/ })
  }
})

t.test('an abort ends the work, and progress is told', async (t) => {
  const frames = makeFrames(6, [10, 10], (i, k) => i + k * i)
  await t.rejects(buildOffsetMap(frames, { signal: { aborted: true, reason: 'enough' } }), { code: 'ERR_ABORTED' })
  const stages = new Set<string>()
  const signal = { aborted: false }
  await t.rejects(
    buildOffsetMap(frames, {
      signal,
      onProgress: ({ stage }) => {
        stages.add(stage)
        signal.aborted = stage.startsWith('combining') || signal.aborted
      }
    }).then(() => {
      if (signal.aborted) throw Object.assign(new Error('late'), { code: 'late' })
    }),
    { code: 'late' }
  )
  t.same([...stages], ['reading darks', 'combining darks'])
})

t.test('the noise of clipped frames has no bias at any stack length', async (t) => {
  const gaussian = gaussianSource(19)
  for (const count of [8, 10, 16, 32]) {
    const frames = Array.from({ length: count }, () => ({
      data: Float32Array.from({ length: pixelsOf(count) }, () => 1000 + 50 * gaussian()),
      shape: [100, pixelsOf(count) / 100] as const
    }))
    const { noise, offset, offsetErrors } = await buildOffsetMap(frames, { detrendDarks: false })
    const variance = mean(noise!.data.map((s) => s * s)) / 2500
    // 160000 values: sqrt(2 / 160000) = 0.35 % of the variance; clipping adds the scatter of what it removes.
    t.ok(Math.abs(variance - 1) < 0.012, `${count} frames: variance ${variance}`)
    const error = mean(offset.data.map((value) => (value - 1000) ** 2)) / mean(offsetErrors!.data.map((e) => e * e))
    t.ok(Math.abs(error - 1) < 0.06, `${count} frames: mean square error over the stated one ${error}`)
  }
})

/** Pixels that make 160000 values. */
function pixelsOf(frames: number): number {
  return Math.round(1600 / frames) * 100
}
