import { LANES, createTransform } from './create-transform.js'
import type { Transform } from './create-transform.js'

/** Sums the power spectra of square ROIs; what neighbours above each other have in common is transformed once. */
export interface PowerSum {
  readonly size: number
  /** Rows that `takeRows` takes at most. */
  readonly batch: number
  /** Value `col` of the row `at` of the batch stands at LANES col + (at >> 1), in `even` for even `at`, else in `odd`. */
  readonly even: Float64Array
  readonly odd: Float64Array
  /** Transform the first `count` rows of the batch and keep them as the rows `row`, `row` + 1, ... of the frame; destroys the batch. */
  takeRows(row: number, count: number): void
  /** Add `weight` times the power spectrum of the last `size` rows that were taken, which must be adjacent rows of the frame. */
  addRoi(weight: number): void
  /** Sum of |F|^2 over all ROIs so far, row-major, frequency 0 first. */
  total(): Float64Array
}

/**
 * Make a sum of power spectra. Two real rows a and b go through one complex transform Z = F(a + ib), and F(a) = (Z(k) + Z*(-k)) / 2,
 * F(b) = (Z(k) - Z*(-k)) / 2i. Of a real ROI, half the columns tell all. The rows stand in a ring, row r at r modulo size: the ROI
 * is turned over its upper edge by that, which changes phases and no power.
 * @param size side of a ROI in pixels, a power of two from 16
 */
export function createPowerSum(size: number): PowerSum {
  const transform = createTransform(size)
  const half = size / 2
  const places = new Uint16Array(size)
  transform.order.forEach((frequency, place) => (places[frequency] = place))
  // [block of columns, row, column in the block], twice the transform of each row.
  const blocks = Math.floor(half / LANES) + 1
  const length = size * LANES
  const ringRe = new Float64Array(blocks * length)
  const ringIm = new Float64Array(blocks * length)
  const power = new Float64Array(blocks * length)
  const views = Array.from({ length: blocks }, (_, block) =>
    [ringRe, ringIm, power].map((values) => values.subarray(block * length, (block + 1) * length))
  )

  const takeRows = (row: number, count: number): void => {
    transform.run()
    keepRows(transform, places, ringRe, ringIm, row, count)
  }
  const addRoi = (weight: number): void => {
    for (const [re, im, sum] of views) {
      transform.re.set(re)
      transform.im.set(im)
      transform.run()
      addPower(transform.re, transform.im, weight / 4, sum)
    }
  }
  const total = (): Float64Array => unfold(power, transform.order, size)
  return { size, batch: 2 * LANES, even: transform.re, odd: transform.im, takeRows, addRoi, total }
}

function keepRows({ re, im }: Transform, places: Uint16Array, outRe: Float64Array, outIm: Float64Array, row: number, count: number): void {
  const size = places.length
  const last = size - 1
  for (let k = 0; k <= size / 2; k++) {
    const mirror = (places[(size - k) & last] - places[k]) * LANES
    const out = (k - (k % LANES)) * size + (k % LANES)
    for (let z = places[k] * LANES, at = 0; at < count; at += 2, z++) {
      const re1 = re[z],
        im1 = im[z],
        re2 = re[z + mirror],
        im2 = im[z + mirror]
      const even = out + ((row + at) & last) * LANES
      outRe[even] = re1 + re2
      outIm[even] = im1 - im2
      if (at + 1 === count) continue
      const odd = out + ((row + at + 1) & last) * LANES
      outRe[odd] = im1 + im2
      outIm[odd] = re2 - re1
    }
  }
}

function addPower(re: Float64Array, im: Float64Array, weight: number, sum: Float64Array): void {
  for (let i = 0; i < sum.length; i++) sum[i] += weight * (re[i] * re[i] + im[i] * im[i])
}

// From half the columns, rows in the order of the transform, to all in that of the frequencies: F(-k) = F*(k).
function unfold(power: Float64Array, order: Uint16Array, size: number): Float64Array {
  const sum = new Float64Array(size * size)
  for (let place = 0; place < size; place++) {
    const row = order[place]
    const opposite = (size - row) % size
    for (let col = 0; col <= size / 2; col++) {
      const value = power[(col - (col % LANES)) * size + place * LANES + (col % LANES)]
      sum[row * size + col] = value
      sum[opposite * size + ((size - col) % size)] = value
    }
  }
  return sum
}
