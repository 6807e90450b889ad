import type { PixelSelection } from './select-pixels.js'
import type { FilterFactors } from './spatial-variances.js'

/** Half the side of the box: 5 x 5 pixels. */
const REACH = 2

/** A frame less its local mean, and what that does to white noise. */
export interface HighPassed {
  readonly selection: PixelSelection
  readonly factors: FilterFactors
}

/**
 * High-pass: each good pixel less the mean of the good pixels of the 5 x 5 box about it. Only the interior of the region
 * counts, two pixels from its border. White pixels keep 24/25 of their variance (1 - the mean of 1/n over boxes of n good pixels), white
 * lines 4/5, and of smooth shading only its curvature within the box is left.
 * @see EMVA 1288 release 4.0, 8.6 (2021): high-pass filtering before the PRNU is judged
 */
export function highPass({ data, good, shape, region, counts }: PixelSelection): HighPassed {
  const [rows, cols] = shape
  const out = new Float32Array(rows * cols)
  const interior = new Uint8Array(rows * cols)
  const sum = new Float64Array(region.cols)
  const count = new Int32Array(region.cols)
  let used = 0
  let defective = 0
  let inverse = 0
  for (let r = region.row + REACH; r < region.row + region.rows - REACH; r++) {
    sumRows(data, good, r * cols + region.col, cols, sum, count)
    for (let c = REACH, i = r * cols + region.col + REACH; c < region.cols - REACH; c++, i++) {
      if (good[i] === 0) {
        defective++
        continue
      }
      const n = count[c - 2] + count[c - 1] + count[c] + count[c + 1] + count[c + 2]
      out[i] = data[i] - (sum[c - 2] + sum[c - 1] + sum[c] + sum[c + 1] + sum[c + 2]) / n
      interior[i] = 1
      inverse += 1 / n
      used++
    }
  }
  const inside = { ...counts, usedPixels: used, defectivePixels: defective }
  return {
    selection: { data: out, shape, region: shrink(region), good: interior, counts: inside },
    factors: { pixel: used > 0 ? 1 - inverse / used : 1, line: 0.8 }
  }
}

/** Sum and number of the good pixels of five rows, column by column; `centre` is the first pixel of the middle row. */
function sumRows(
  data: PixelSelection['data'],
  good: Uint8Array,
  centre: number,
  stride: number,
  sum: Float64Array,
  count: Int32Array
): void {
  sum.fill(0)
  count.fill(0)
  for (let d = -REACH; d <= REACH; d++) {
    for (let c = 0, i = centre + d * stride; c < sum.length; c++, i++) {
      if (good[i] === 0) continue
      sum[c] += data[i]
      count[c]++
    }
  }
}

function shrink({ row, col, rows, cols }: PixelSelection['region']): PixelSelection['region'] {
  return { row: row + REACH, col: col + REACH, rows: Math.max(0, rows - 2 * REACH), cols: Math.max(0, cols - 2 * REACH) }
}
