import { scratchMemory } from '../simd/scratch-memory.js'

/** Values that go through the SIMD kernel together, at least one row. */
const BAND = 1 << 17

/**
 * Add, over the rows `from` to before `to`, the finite values of each column that are not excluded to `sums`, row after row, and their
 * number to `counts`.
 */
export function addColumns(
  values: Float32Array,
  excluded: Uint8Array,
  from: number,
  to: number,
  cols: number,
  sums: Float64Array,
  counts: Int32Array
): void {
  const bandRows = Math.max(1, Math.min(to - from, Math.floor(BAND / cols)))
  const room = (4 * bandRows * cols + 63) & ~63
  const width = (8 * cols + 63) & ~63
  const scratch = scratchMemory(2 * room + 2 * width)
  if (scratch === null) {
    byTypeScript(values, excluded, from, to, cols, sums, counts)
    return
  }
  const { kernels, buffer, start } = scratch
  const excludedAt = start + room
  const sumsAt = excludedAt + room
  const countsAt = sumsAt + width
  const bandValues = new Float32Array(buffer, start, bandRows * cols)
  const bandExcluded = new Uint8Array(buffer, excludedAt, bandRows * cols)
  const bandSums = new Float64Array(buffer, sumsAt, cols)
  const bandCounts = new Int32Array(buffer, countsAt, cols)
  bandSums.set(sums)
  bandCounts.set(counts)
  for (let row = from; row < to; row += bandRows) {
    const end = Math.min(to, row + bandRows)
    bandValues.set(values.subarray(row * cols, end * cols))
    bandExcluded.set(excluded.subarray(row * cols, end * cols))
    kernels.addColumns(start, excludedAt, end - row, cols, sumsAt, countsAt)
  }
  sums.set(bandSums)
  counts.set(bandCounts)
}

function byTypeScript(
  values: Float32Array,
  excluded: Uint8Array,
  from: number,
  to: number,
  cols: number,
  sums: Float64Array,
  counts: Int32Array
): void {
  for (let row = from; row < to; row++) {
    for (let col = 0, i = row * cols; col < cols; col++, i++) {
      const value = values[i]
      if (excluded[i] !== 0 || value - value !== 0) continue
      sums[col] += value
      counts[col]++
    }
  }
}
