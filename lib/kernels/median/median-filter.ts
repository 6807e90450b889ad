import { scratchMemory } from '../simd/scratch-memory.js'
import { slidingMedian } from './sliding-median.js'

/** What the SIMD kernel needs beside the map, bytes. */
const SCRATCH = 1_600_000
/** Rows that go through the kernel together: two of its blocks of small windows. */
const BAND = 192

/**
 * Exact median of the (2 * rowRadius + 1) x (2 * colRadius + 1) window around every value: {@link slidingMedian}, which says what must
 * hold, by the SIMD kernel of the same results where that can be had. The map goes through its memory in bands of rows.
 */
export function medianFilter(
  values: Float32Array,
  excluded: Uint8Array,
  rows: number,
  cols: number,
  rowRadius: number,
  colRadius: number,
  out: Float32Array
): void {
  const most = Math.min(rows, BAND + 2 * rowRadius) * cols
  const room = (4 * most + 63) & ~63
  // Windows one column wide share nothing, which is what the SIMD kernel is made for.
  const scratch = colRadius === 0 ? null : scratchMemory(2 * room + most + 64 + SCRATCH)
  if (scratch === null) {
    slidingMedian(values, excluded, rows, cols, rowRadius, colRadius, out)
    return
  }
  const { kernels, buffer, start } = scratch
  const outAt = start + room
  const work = outAt + room
  const excludedAt = work + SCRATCH
  const bandValues = new Float32Array(buffer, start, most)
  const bandOut = new Float32Array(buffer, outAt, most)
  const bandExcluded = new Uint8Array(buffer, excludedAt, most)
  for (let row = 0; row < rows; row += BAND) {
    const top = Math.max(0, row - rowRadius)
    const endRow = Math.min(rows, row + BAND)
    const bottom = Math.min(rows, endRow + rowRadius)
    bandValues.set(values.subarray(top * cols, bottom * cols))
    bandExcluded.set(excluded.subarray(top * cols, bottom * cols))
    kernels.slidingMedian(start, excludedAt, bottom - top, cols, row - top, endRow - top, rowRadius, colRadius, outAt, work)
    out.set(bandOut.subarray(0, (endRow - row) * cols), row * cols)
  }
}
