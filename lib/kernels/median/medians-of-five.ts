/** Working memory for lines of `length` values. */
export interface FiveScratch {
  readonly keys: Int32Array
  readonly lower: Int32Array
  readonly upper: Int32Array
}

export function createFiveScratch(length: number): FiveScratch {
  return { keys: new Int32Array(length), lower: new Int32Array(length), upper: new Int32Array(length) }
}

/**
 * Median of each value and the four after it; NaN where one of these is NaN, nothing where the line ends before.
 *
 * The larger of the lower ends of two pairs and the smaller of their upper ends enclose it with the fifth. Bits made to order like the
 * numbers are compared without branches: which of two neighbours is larger cannot be predicted.
 * What must hold: `values` and `out` have as many values as the scratch is for; `out` is not `values`.
 */
export function mediansOfFive(values: Float32Array, out: Float32Array, { keys, lower, upper }: FiveScratch): void {
  const { length } = values
  const bits = new Int32Array(values.buffer, values.byteOffset, length)
  const outBits = new Int32Array(out.buffer, out.byteOffset, length)
  for (let i = 0; i < length; i++) keys[i] = keyOf(bits[i])
  for (let i = 0; i + 1 < length; i++) {
    const differ = (keys[i] ^ keys[i + 1]) & -Number(keys[i] > keys[i + 1])
    lower[i] = keys[i] ^ differ
    upper[i] = keys[i + 1] ^ differ
  }
  for (let i = 0; i + 5 <= length; i++) {
    const low = larger(lower[i], lower[i + 2])
    const high = smaller(upper[i], upper[i + 2])
    outBits[i] = keyOf(larger(smaller(low, high), smaller(larger(low, high), keys[i + 4])))
  }
  for (let i = 0; i < length; i++) if (values[i] !== values[i]) out.fill(NaN, Math.max(0, i - 4), i + 1)
}

/** Bits made to order like the numbers, and back. */
function keyOf(bits: number): number {
  return bits ^ ((bits >> 31) & 0x7fffffff)
}

function smaller(a: number, b: number): number {
  return a ^ ((a ^ b) & -Number(a > b))
}

function larger(a: number, b: number): number {
  return b ^ ((a ^ b) & -Number(a > b))
}
