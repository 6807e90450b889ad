import t from 'tap'
import { averageStack } from '../../calibration/average-stack.js'
import { clippedMeanOfStack } from '../../calibration/clipped-mean-of-stack.js'
import { medianOfStack } from '../../calibration/median-of-stack.js'
import type { RawFrame } from '../../lib/frame/raw-frame.js'
import { assertClose } from '../fixtures/assert-close.js'
import { gaussianSource } from '../fixtures/gaussian-source.js'

/** Frames of integers over the whole range of u16. */
function stackOf(frames: number, rows: number, cols: number): RawFrame[] {
  const gauss = gaussianSource(frames)
  return Array.from({ length: frames }, () => {
    const data = Uint16Array.from({ length: rows * cols }, (_, i) => Math.min(65535, Math.max(0, Math.round(65 * i + 900 * gauss()))))
    return { data, shape: [rows, cols] as const }
  })
}

t.test('three frames by hand', async (t) => {
  const frames = [
    [1, 0, 65535],
    [2, 0, 65535],
    [6, 3, 65532]
  ].map((values): RawFrame => ({ data: Uint16Array.from(values), shape: [1, 3] }))
  const { mean, variance } = averageStack(frames)
  t.strictSame([...mean.data], [3, 1, 65534])
  t.strictSame([...variance.data], [7, 3, 3], 'ddof 1')
  t.strictSame([...medianOfStack(frames).data], [2, 0, 65535])
  t.strictSame([...medianOfStack(frames.slice(1)).data], [4, 1.5, 65533.5], 'the mean of the middle two')
})

t.test('one frame is its own mean and median, without variance', async (t) => {
  const [frame] = stackOf(1, 5, 7)
  const { mean, variance } = averageStack([frame])
  assertClose(t, mean.data, Array.from(frame.data), 'mean')
  t.ok(variance.data.every((value) => value === 0))
  assertClose(t, medianOfStack([frame]).data, Array.from(frame.data), 'median')
})

t.test('every pixel as two passes of float64 and a sort say, over strips and their ends', async (t) => {
  for (const [count, rows, cols] of [
    [2, 1, 4096],
    [7, 64, 65],
    [32, 10, 829],
    [33, 3, 3]
  ]) {
    const frames = stackOf(count, rows, cols)
    const { mean, variance } = averageStack(frames)
    const median = medianOfStack(frames)
    t.strictSame(mean.shape, [rows, cols])
    const values = Array.from({ length: rows * cols }, (_, i) => frames.map(({ data }) => data[i]).sort((a, b) => a - b))
    const means = values.map((all) => all.reduce((sum, value) => sum + value) / count)
    const variances = values.map((all, i) => all.reduce((sum, value) => sum + (value - means[i]) ** 2, 0) / (count - 1))
    const name = `${count} frames of ${rows} x ${cols}`
    assertClose(t, mean.data, means.map(Math.fround), `mean of ${name}`)
    // one rounding to float32, and that of the float64 sums here
    const apart = variances.map((value, i) => Math.abs(variance.data[i] - value) / Math.max(1, value))
    t.ok(Math.max(...apart) < 2 ** -23, `variance of ${name}`)
    assertClose(
      t,
      median.data,
      values.map((all) => (all[(count - 1) >> 1] + all[count >> 1]) / 2),
      `median of ${name}`
    )
  }
})

t.test('more frames than a network sorts', async (t) => {
  const frames = Array.from({ length: 1025 }, (_, k): RawFrame => ({ data: Uint16Array.of(k, 1024 - k), shape: [1, 2] }))
  t.strictSame([...medianOfStack(frames).data], [512, 512])
})

t.test('what is no stack of u16 frames of one shape', async (t) => {
  const [frame] = stackOf(1, 2, 3)
  for (const operation of [averageStack, medianOfStack, clippedMeanOfStack]) {
    t.throws(() => operation([]), { code: 'ERR_STACK', message: 'stack: expected 1 to 32767 frames, received 0' })
    t.throws(() => operation([frame, { data: new Uint16Array(6), shape: [3, 2] }]), {
      code: 'ERR_SHAPE',
      message: /^frame 1: expected shape \[2, 3\]/
    })
    t.throws(() => operation([{ data: new Float32Array(6), shape: [2, 3] }]), {
      code: 'ERR_OPTION',
      message: 'frame 0: expected pixels of type u16, received f32'
    })
  }
})

/** The definition of a clipped mean, in words of arrays. */
function clippedMean(values: number[], kappa: number, passes: number): { mean: number; used: number } {
  const meanOf = (some: number[]): number => some.reduce((sum, value) => sum + value) / some.length
  const medianOf = (some: number[]): number => {
    const sorted = [...some].sort((a, b) => a - b)
    return (sorted[(sorted.length - 1) >> 1] + sorted[sorted.length >> 1]) / 2
  }
  let centre = medianOf(values)
  let scale = 1.4826022185056018 * medianOf(values.map((value) => Math.abs(value - centre)))
  let kept = values
  for (let pass = 0; pass < passes; pass++) {
    kept = values.filter((value) => Math.abs(value - centre) <= kappa * Math.max(0.5, scale))
    const mean = meanOf(kept)
    scale = kept.length > 1 ? Math.sqrt(kept.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (kept.length - 1)) : 0
    centre = mean
  }
  return { mean: meanOf(kept), used: kept.length }
}

t.test('a clipped mean by hand', async (t) => {
  // nine frames: median 10, MAD 0, so the limit is 4 * 0.5 DN; 40 goes, and 12 stays at the very limit
  const frames = [10, 10, 10, 10, 10, 9, 12, 40, 10].map((value): RawFrame => ({ data: Uint16Array.of(value, 7), shape: [1, 2] }))
  const { mean, used } = clippedMeanOfStack(frames)
  // the second pass: mean 81 / 8, sd sqrt(4.875 / 7) = 0.83: all of the eight stay
  t.strictSame(
    [mean.shape, [...mean.data], [...used]],
    [
      [1, 2],
      [Math.fround(81 / 8), 7],
      [8, 9]
    ]
  )
  t.strictSame([...clippedMeanOfStack(frames, { kappa: 100 }).used], [9, 9], 'a wide limit')
  t.strictSame([...clippedMeanOfStack(frames.slice(0, 1)).mean.data], [10, 7], 'one frame')
  t.throws(() => clippedMeanOfStack(frames, { kappa: 0.5 }), {
    code: 'ERR_OPTION',
    message: 'option "kappa": expected a number from 1 on, received 0.5'
  })
  t.throws(() => clippedMeanOfStack(frames, { kappa: NaN }), { code: 'ERR_OPTION' })
  t.throws(() => clippedMeanOfStack(frames, { passes: 1.5 }), {
    code: 'ERR_OPTION',
    message: 'option "passes": expected a whole number from 1 on, received 1.5'
  })
})

t.test('a clipped mean as the definition says, with outliers, by SIMD and without', async (t) => {
  const { clippedMeanOfStack: withoutSimd } = (await t.mockImport('../../calibration/clipped-mean-of-stack.js', {
    '../../calibration/stacks/create-strip-combiner.js': { createStripCombiner: () => null }
  })) as { clippedMeanOfStack: typeof clippedMeanOfStack }
  for (const [count, kappa, passes] of [
    [2, 4, 2],
    [9, 4, 1],
    [32, 4, 2],
    [33, 2.5, 4]
  ]) {
    const gauss = gaussianSource(count)
    const length = 5000
    const shape = [50, 100] as const
    const frames = Array.from({ length: count }, (_, k): RawFrame => ({
      shape,
      data: Uint16Array.from({ length }, (_, i) => 3000 + Math.round((i % 40) * gauss() + ((i * 31 + k * 17) % 101 === 0 ? 900 : 0)))
    }))
    const expected = Array.from({ length }, (_, i) =>
      clippedMean(
        frames.map(({ data }) => data[i]),
        kappa,
        passes
      )
    )
    const { mean, used } = clippedMeanOfStack(frames, { kappa, passes })
    const name = `${count} frames, ${kappa} sigma, ${passes} passes`
    t.strictSame(
      Array.from(used),
      expected.map((pixel) => pixel.used),
      `frames used, ${name}`
    )
    // both sum in float64 and round once: one step of float32 near 3000
    const apart = expected.map((pixel, i) => Math.abs(pixel.mean - mean.data[i]))
    t.ok(Math.max(...apart) <= 2 ** -12, `mean, ${name}`)
    t.same(withoutSimd(frames, { kappa, passes }), { mean, used }, `without SIMD, ${name}`)
    if (count > 2)
      t.ok(
        used.some((frames) => frames < count),
        'something was clipped'
      )
  }
})
