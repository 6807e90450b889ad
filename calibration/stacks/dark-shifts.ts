import { midMean } from './mid-mean.js'
import type { OpenStack } from './open-stack.js'

/**
 * How far each kept dark stands above the mean of them, DN: the mid-mean over the sampling grid of its difference to the
 * first kept one. A pulse in some pixels, or hot ones, do not move it.
 * @returns one value per kept frame, mean 0
 */
export function darkShifts(stack: OpenStack, kept: readonly number[]): Float64Array {
  const first = stack.frames[kept[0]].sample
  const shifts = Float64Array.from(kept, (index) => {
    const { sample } = stack.frames[index]
    const apart: number[] = []
    for (let k = 0; k < first.length; k++) {
      const difference = sample[k] - first[k]
      if (difference - difference === 0) apart.push(difference)
    }
    return apart.length === 0 ? 0 : midMean(Float64Array.from(apart))
  })
  const mean = shifts.reduce((sum, shift) => sum + shift, 0) / shifts.length
  return shifts.map((shift) => shift - mean)
}
