/** Frames that are added in one pass over the sums. */
const BATCH = 8

/**
 * Mean and variance (ddof 1) of every pixel of a run over u16 frames, from exact integers: with S and Q the sums of the values less
 * 32 768 and of their squares, mean = (S + 32768 n) / n and variance = (n Q - S^2) / (n (n - 1)), 0 for one frame.
 * @param frames 1 to 32 767 frames
 * @param start first pixel of the run
 * @param mean, variance receive the pixels of the run; their length is that of the run
 */
export function meanVarianceU16(frames: readonly Uint16Array[], start: number, mean: Float32Array, variance: Float32Array): void {
  const n = frames.length
  const count = mean.length
  const pairs = n * (n > 1 ? n - 1 : 1)
  const sums = new Int32Array(count)
  const squares = new Float64Array(count)
  for (let from = 0; from < n; from += BATCH) addFrames(frames.slice(from, from + BATCH), start, sums, squares)
  for (let i = 0; i < count; i++) {
    mean[i] = (sums[i] + 32_768 * n) / n
    variance[i] = (n * squares[i] - sums[i] * sums[i]) / pairs
  }
}

function addFrames(frames: readonly Uint16Array[], start: number, sums: Int32Array, squares: Float64Array): void {
  if (frames.length < BATCH) {
    for (let t = 0; t < frames.length; t++) addFrame(frames[t], start, sums, squares)
    return
  }
  const [f0, f1, f2, f3, f4, f5, f6, f7] = frames
  for (let i = 0, p = start; i < sums.length; i++, p++) {
    const a = f0[p] - 32_768
    const b = f1[p] - 32_768
    const c = f2[p] - 32_768
    const d = f3[p] - 32_768
    const e = f4[p] - 32_768
    const f = f5[p] - 32_768
    const g = f6[p] - 32_768
    const h = f7[p] - 32_768
    sums[i] += a + b + c + d + e + f + g + h
    squares[i] += a * a + b * b + c * c + d * d + e * e + f * f + g * g + h * h
  }
}

function addFrame(frame: Uint16Array, start: number, sums: Int32Array, squares: Float64Array): void {
  for (let i = 0, p = start; i < sums.length; i++, p++) {
    const value = frame[p] - 32_768
    sums[i] += value
    squares[i] += value * value
  }
}
