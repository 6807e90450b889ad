const BINS = 65_536

/**
 * The values of given ranks (0: the smallest) among values[0 .. count), which keep their order. Two passes: the upper half of the bits
 * of every value is counted, then the lower half of those that share it with a value that is asked for.
 * What must hold: 0 <= rank < count, no NaN among them.
 */
export function orderStatistics(values: Float32Array, count: number, ranks: readonly number[]): number[] {
  const words = new Int32Array(values.buffer, values.byteOffset, count)
  const upper = new Int32Array(BINS)
  for (let i = 0; i < count; i++) upper[keyOf(words[i]) >>> 16]++
  const wanted = ranks.map((rank) => placeOf(upper, 0, rank))
  const bins = [...new Set(wanted.map(({ bin }) => bin))]
  // 0: nobody asks for this bin
  const tableOf = new Uint8Array(BINS)
  bins.forEach((bin, k) => (tableOf[bin] = k + 1))
  const lower = new Int32Array(BINS * (bins.length + 1))
  for (let i = 0; i < count; i++) {
    const key = keyOf(words[i])
    lower[tableOf[key >>> 16] * BINS + (key & 0xffff)]++
  }
  const found = new Int32Array(1)
  const value = new Float32Array(found.buffer)
  return wanted.map(({ bin, rest }) => {
    const key = bin * BINS + placeOf(lower, tableOf[bin] * BINS, rest).bin
    found[0] = key >= 0x80000000 ? key ^ 0x80000000 : ~key
    return value[0] + 0
  })
}

/** Bits in the order of the values: those below 0 have all of them turned, the others the first. */
function keyOf(word: number): number {
  return word ^ ((word >> 31) | 0x80000000)
}

/** Bin, counted from `start`, in which the value of a rank is, and its rank among those of the bin. */
function placeOf(counts: Int32Array, start: number, rank: number): { readonly bin: number; readonly rest: number } {
  let bin = 0
  let before = 0
  for (; before + counts[start + bin] <= rank; bin++) before += counts[start + bin]
  return { bin, rest: rank - before }
}
