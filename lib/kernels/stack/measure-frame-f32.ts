/**
 * Whole-frame figures of one f32 frame in one pass; not finite values are counted and left out.
 * @param data pixels
 * @param near value above which a pixel is nearly saturated; Infinity: none is
 * @param saturation value from which a pixel is saturated; Infinity: none is
 * @param out receives 9 values: sum, sum of squares about the pivot, pivot (first finite value), smallest, largest,
 *   pixels at the largest value, pixels above `near`, pixels not finite, pixels at `saturation` and above
 */
export function measureFrameF32(data: Float32Array, near: number, saturation: number, out: Float64Array): void {
  const length = data.length
  let pivot = 0
  for (let i = 0; i < length; i++) {
    if (data[i] - data[i] === 0) {
      pivot = data[i]
      break
    }
  }
  let sum = 0
  let squares = 0
  let lowest = Infinity
  let highest = -Infinity
  let atHighest = 0
  let nearly = 0
  let saturated = 0
  let notFinite = 0
  for (let i = 0; i < length; i++) {
    const value = data[i]
    if (value - value !== 0) {
      notFinite++
      continue
    }
    const apart = value - pivot
    sum += value
    squares += apart * apart
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
  out[0] = sum
  out[1] = squares
  out[2] = pivot
  out[3] = lowest
  out[4] = highest
  out[5] = atHighest
  out[6] = nearly
  out[7] = notFinite
  out[8] = saturated
}
