import type { EdgeLine } from './locate-edge.js'
import type { EdgeLines } from './edge-lines.js'

/** Bins of the edge spread function per pixel. */
export const BINS_PER_PIXEL = 4

/** Edge spread function: mean signal against the distance from the edge, along its normal. */
export interface EdgeSpread {
  /** Mean of each bin, DN, at its centre; an empty bin is NaN until it is filled. */
  readonly value: Float64Array
  readonly count: Float64Array
  /** Distance of the first bin's centre, pixels. */
  readonly start: number
  readonly usedPixels: number
  readonly defectivePixels: number
  readonly nonFinitePixels: number
}

/**
 * Sample the edge spread function: every pixel within `halfWidth` pixels of the edge goes to the bin of a quarter pixel in which its
 * distance along the normal, (position - edge) cos(angle), falls. The mean of a bin is carried from the mean distance of its pixels to
 * its centre by the local slope, so that an uneven spread of phases does not shift it.
 * @param isBad whether a pixel that does not count is bad in the defect map; otherwise it is not finite
 */
export function edgeSpread(view: EdgeLines, edge: EdgeLine, cosine: number, halfWidth: number, isBad: (at: number) => boolean): EdgeSpread {
  const { data, good, positions, offset, lineStride, step } = view
  const half = halfWidth * BINS_PER_PIXEL
  const sum = new Float64Array(2 * half)
  const count = new Float64Array(2 * half)
  const distances = new Float64Array(2 * half)
  const reach = halfWidth / cosine
  let defectivePixels = 0
  let nonFinitePixels = 0
  for (let line = edge.first; line < edge.end; line++) {
    const middle = edge.intercept + edge.slope * line
    const to = Math.min(positions - 1, Math.floor(middle + reach))
    let position = Math.max(0, Math.ceil(middle - reach))
    for (let at = offset + line * lineStride + position * step; position <= to; position++, at += step) {
      if (good[at] === 0) {
        if (isBad(at)) defectivePixels++
        else nonFinitePixels++
        continue
      }
      const distance = (position - middle) * cosine * BINS_PER_PIXEL + half
      const bin = Math.floor(distance)
      // Should rounding put an outermost pixel one bin too far, a typed array ignores it.
      sum[bin] += data[at]
      distances[bin] += distance - bin - 0.5
      count[bin]++
    }
  }
  const usedPixels = count.reduce((total, n) => total + n, 0)
  const value = sum.map((total, bin) => total / count[bin])
  const start = (0.5 - half) / BINS_PER_PIXEL
  return { value: centre(value, distances, count), count, start, usedPixels, defectivePixels, nonFinitePixels }
}

function centre(value: Float64Array, distances: Float64Array, count: Float64Array): Float64Array {
  return value.map((mean, bin) => {
    const off = distances[bin] / count[bin]
    const slope = (value[bin + 1] - value[bin - 1]) / 2
    return slope === slope && off === off ? mean - off * slope : mean
  })
}
