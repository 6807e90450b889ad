import { centralRegion } from './central-region.js'
import { midMean } from './mid-mean.js'
import type { OpenStack } from './open-stack.js'
import { planSampling } from './plan-sampling.js'

/**
 * Output of each kept flat relative to the mean of them, before defects are known: the mid-mean of its ratio to the first
 * kept one, over the sampling grid in the central half of the area, where the first has a tenth of its median signal.
 * @returns one factor per kept frame, mean 1
 */
export function flatFactors(stack: OpenStack, kept: readonly number[], offset: Float32Array): Float64Array {
  const sampling = planSampling(stack.shape)
  const region = centralRegion(stack.shape)
  const { sample: first, statistics } = stack.frames[kept[0]]
  const least = 0.1 * statistics.signal!
  const inside: number[] = []
  sampling.indices.forEach((pixel, k) => {
    const row = Math.floor(pixel / stack.shape[1])
    const col = pixel - row * stack.shape[1]
    if (row < region.row || row >= region.row + region.rows || col < region.col || col >= region.col + region.cols) return
    if (first[k] - offset[pixel] > least) inside.push(k)
  })
  const factors = Float64Array.from(kept, (index) => {
    const { sample } = stack.frames[index]
    const ratios: number[] = []
    for (const k of inside) {
      const dark = offset[sampling.indices[k]]
      const ratio = (sample[k] - dark) / (first[k] - dark)
      if (ratio - ratio === 0) ratios.push(ratio)
    }
    return ratios.length === 0 ? 1 : midMean(Float64Array.from(ratios))
  })
  const mean = factors.reduce((sum, factor) => sum + factor, 0) / factors.length
  return factors.map((factor) => factor / mean)
}
