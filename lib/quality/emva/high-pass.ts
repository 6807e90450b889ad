import type { PixelSelection } from '../select-pixels.js'
import type { FilterFactors } from './spatial-variances.js'

/** Half the side of the box: 5 x 5 pixels. */
const REACH = 2
const FULL = 25

/** A frame less its local mean, and what that does to white noise. */
export interface HighPassed {
  readonly selection: PixelSelection
  readonly factors: FilterFactors
}

/**
 * High-pass: each good pixel less the mean of the good pixels of the 5 x 5 box about it. Only the interior of the region
 * counts, two pixels from its border. White pixels keep 24/25 of their variance (1 - the mean of 1/n over boxes of n good pixels), white
 * lines 4/5, and of smooth shading only its curvature within the box is left.
 * @see EMVA 1288 release 4.0 Linear, 8 (2021): high-pass filtering before the PRNU is judged
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
  const first = region.row
  const end = region.row + region.rows
  for (let r = first; r < Math.min(first + 2 * REACH, end); r++) addRow(data, good, r * cols + region.col, 1, sum, count)
  for (let r = first + REACH; r < end - REACH; r++) {
    addRow(data, good, (r + REACH) * cols + region.col, 1, sum, count)
    for (let c = REACH, i = r * cols + region.col + REACH; c < region.cols - REACH; c++, i++) {
      if (good[i] === 0) {
        defective++
        continue
      }
      const n = count[c - 2] + count[c - 1] + count[c] + count[c + 1] + count[c + 2]
      // Divisions are slow, and nearly every box is full.
      const share = n === FULL ? 1 / FULL : 1 / n
      out[i] = data[i] - (sum[c - 2] + sum[c - 1] + sum[c] + sum[c + 1] + sum[c + 2]) * share
      interior[i] = 1
      inverse += share
      used++
    }
    addRow(data, good, (r - REACH) * cols + region.col, -1, sum, count)
  }
  const inside = { ...counts, usedPixels: used, defectivePixels: defective }
  return {
    selection: { data: out, shape, region: shrink(region), good: interior, counts: inside },
    factors: { pixel: used > 0 ? 1 - inverse / used : 1, line: 0.8 }
  }
}

/**
 * Add a row to the column sums of the five rows of the box, or take it off. What float64 loses on the way is below 1e-15 of the level a
 * row, far under the float32 result.
 */
function addRow(data: PixelSelection['data'], good: Uint8Array, start: number, sign: 1 | -1, sum: Float64Array, count: Int32Array): void {
  for (let c = 0, i = start; c < sum.length; c++, i++) {
    if (good[i] === 0) continue
    sum[c] += sign * data[i]
    count[c] += sign
  }
}

function shrink({ row, col, rows, cols }: PixelSelection['region']): PixelSelection['region'] {
  return { row: row + REACH, col: col + REACH, rows: Math.max(0, rows - 2 * REACH), cols: Math.max(0, cols - 2 * REACH) }
}
