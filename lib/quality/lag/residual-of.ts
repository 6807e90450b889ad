import type { KernelPixels } from '../../frame/pixel-data.js'

/** Mean and spread of (frame - offset) over the counted pixels that are finite in the frame. */
export interface Residual {
  readonly count: number
  readonly mean: number
  /** Sd over the pixels, ddof 1; NaN from fewer than two. */
  readonly sd: number
}

/** Mean and sd over the pixels of frame - offset. One pass about the first value, in float64. */
export function residualOf(data: KernelPixels, offset: KernelPixels, good: Uint8Array): Residual {
  let count = 0
  let pivot = 0
  let sum = 0
  let squares = 0
  for (let i = 0; i < data.length; i++) {
    if (good[i] === 0) continue
    const value = data[i] - offset[i]
    if (value - value !== 0) continue
    if (count === 0) pivot = value
    const deviation = value - pivot
    sum += deviation
    squares += deviation * deviation
    count++
  }
  const variance = Math.max(0, squares - (sum * sum) / count) / (count - 1)
  return { count, mean: pivot + sum / count, sd: Math.sqrt(variance) }
}
