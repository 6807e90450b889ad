/** Pixels whose sums are exact integers, in whatever order they are added: 2^16 squares of 2^16 stay below 2^53. */
const BLOCK = 65_536

/**
 * Whole-frame figures of one u16 frame in one pass; u16 has no values that are not finite. Sums are exact integers within blocks of
 * 65 536 pixels, whose sums are added in order.
 * @param data pixels
 * @param near value above which a pixel is nearly saturated; Infinity: none is
 * @param saturation value from which a pixel is saturated; Infinity: none is
 * @param out receives 9 values: sum, sum of squares about the pivot, pivot (first value), smallest, largest,
 *   pixels at the largest value, pixels above `near`, pixels not finite, pixels at `saturation` and above
 */
export function measureFrameU16(data: Uint16Array, near: number, saturation: number, out: Float64Array): void {
  const length = data.length
  const pivot = data[0]
  let sum = 0
  let squares = 0
  let lowest = Infinity
  let highest = -Infinity
  let atHighest = 0
  let nearly = 0
  let saturated = 0
  for (let from = 0; from < length; from += BLOCK) {
    const to = Math.min(length, from + BLOCK)
    let blockSum = 0
    let blockSquares = 0
    for (let i = from; i < to; i++) {
      const value = data[i]
      const apart = value - pivot
      blockSum += value
      blockSquares += apart * apart
      if (value < lowest) lowest = value
      if (value >= highest) {
        if (value > highest) {
          highest = value
          atHighest = 0
        }
        atHighest++
      }
      if (value > near) nearly++
      if (value >= saturation) saturated++
    }
    sum += blockSum
    squares += blockSquares
  }
  out[0] = sum
  out[1] = squares
  out[2] = pivot
  out[3] = lowest
  out[4] = highest
  out[5] = atHighest
  out[6] = nearly
  out[7] = 0
  out[8] = saturated
}
