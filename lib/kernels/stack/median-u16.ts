import { selectNth } from '../median/select-nth.js'

/**
 * Median of every pixel of a run over u16 frames; the mean of the middle two for an even number of them.
 * @param frames 1 frame or more
 * @param start first pixel of the run
 * @param out receives the pixels of the run; its length is that of the run
 */
export function medianU16(frames: readonly Uint16Array[], start: number, out: Float32Array): void {
  const n = frames.length
  const middle = n >> 1
  const values = new Float32Array(n)
  for (let i = 0; i < out.length; i++) {
    for (let t = 0; t < n; t++) values[t] = frames[t][start + i]
    const upper = selectNth(values, n, middle)
    let lower = upper
    if ((n & 1) === 0) {
      lower = values[0]
      for (let k = 1; k < middle; k++) if (values[k] > lower) lower = values[k]
    }
    out[i] = (lower + upper) / 2
  }
}
