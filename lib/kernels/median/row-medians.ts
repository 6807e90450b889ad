import { medianOf } from './median-of.js'
import { scratchMemory } from '../simd/scratch-memory.js'

/** Values that go through the SIMD kernel together, at least one row. */
const BAND = 1 << 17

/**
 * Median, never -0, of the finite values of each row that are not excluded; `otherwise` where fewer than `least` take part.
 *
 * Rows begin at `start` and every `stride` values from there, `cols` values long; there are as many as `out` holds.
 */
export function rowMedians(
  values: Float32Array,
  excluded: Uint8Array,
  start: number,
  cols: number,
  stride: number,
  least: number,
  otherwise: number,
  out: Float64Array
): void {
  const bandRows = Math.max(1, Math.min(out.length, Math.floor(BAND / stride)))
  const room = (4 * bandRows * stride + 63) & ~63
  const scratch = scratchMemory(room + 16 * bandRows + room + 8192 + 8 * cols + 32)
  if (scratch === null) {
    byTypeScript(values, excluded, start, cols, stride, least, otherwise, out)
    return
  }
  const { kernels, buffer, start: valuesAt } = scratch
  const outAt = valuesAt + room
  const excludedAt = outAt + 16 * bandRows
  const work = excludedAt + room
  const bandValues = new Float32Array(buffer, valuesAt, bandRows * stride)
  const bandExcluded = new Uint8Array(buffer, excludedAt, bandRows * stride)
  const bandOut = new Float64Array(buffer, outAt, bandRows)
  for (let row = 0; row < out.length; row += bandRows) {
    const rows = Math.min(bandRows, out.length - row)
    const from = start + row * stride
    const to = from + (rows - 1) * stride + cols
    bandValues.set(values.subarray(from, to))
    bandExcluded.set(excluded.subarray(from, to))
    kernels.rowMedians(valuesAt, excludedAt, rows, cols, stride, least, otherwise, outAt, work)
    out.set(bandOut.subarray(0, rows), row)
  }
}

function byTypeScript(
  values: Float32Array,
  excluded: Uint8Array,
  start: number,
  cols: number,
  stride: number,
  least: number,
  otherwise: number,
  out: Float64Array
): void {
  const scratch = new Float32Array(cols)
  for (let row = 0; row < out.length; row++) {
    let count = 0
    for (let i = start + row * stride, end = i + cols; i < end; i++) {
      const value = values[i]
      if (excluded[i] === 0 && value - value === 0) scratch[count++] = value
    }
    out[row] = count >= least && count > 0 ? medianOf(scratch, count) + 0 : otherwise
  }
}
