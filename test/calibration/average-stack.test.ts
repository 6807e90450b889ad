import t from 'tap'
import { averageStack } from '../../calibration/average-stack.js'
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
  const frames = [[1, 0, 65535], [2, 0, 65535], [6, 3, 65532]].map((values): RawFrame => ({ data: Uint16Array.from(values), shape: [1, 3] }))
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
  for (const [count, rows, cols] of [[2, 1, 4096], [7, 64, 65], [32, 10, 829], [33, 3, 3]]) {
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
    assertClose(t, median.data, values.map((all) => (all[(count - 1) >> 1] + all[count >> 1]) / 2), `median of ${name}`)
  }
})

t.test('more frames than a network sorts', async (t) => {
  const frames = Array.from({ length: 1025 }, (_, k): RawFrame => ({ data: Uint16Array.of(k, 1024 - k), shape: [1, 2] }))
  t.strictSame([...medianOfStack(frames).data], [512, 512])
})

t.test('what is no stack of u16 frames of one shape', async (t) => {
  const [frame] = stackOf(1, 2, 3)
  for (const operation of [averageStack, medianOfStack]) {
    t.throws(() => operation([]), { code: 'ERR_STACK', message: 'stack: expected 1 to 32767 frames, received 0' })
    t.throws(() => operation([frame, { data: new Uint16Array(6), shape: [3, 2] }]), { code: 'ERR_SHAPE', message: /^frame 1: expected shape \[2, 3\]/ })
    t.throws(() => operation([{ data: new Float32Array(6), shape: [2, 3] }]), { code: 'ERR_OPTION', message: 'frame 0: expected pixels of type u16, received f32' })
  }
})
