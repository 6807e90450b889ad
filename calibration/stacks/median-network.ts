/** Frames up to which the comparators of a network are fewer than is worth sorting otherwise. */
const MOST = 1024

/**
 * Comparators that bring the middle one or two of n values to their places: Batcher's merge exchange, without the comparators that the
 * middle does not need.
 * @returns pairs [low, high] in order; null for more than 1024 values
 * @see Knuth, The Art of Computer Programming 3 (2nd ed., 1998), 5.2.2, algorithm M
 */
export function medianNetwork(n: number): readonly (readonly [number, number])[] | null {
  if (n > MOST) return null
  const all: [number, number][] = []
  const top = 2 ** Math.max(0, Math.ceil(Math.log2(n)) - 1)
  for (let p = top; p >= 1; p /= 2) {
    let r = 0
    let d = p
    for (let q = top; ; q /= 2) {
      for (let i = 0; i < n - d; i++) if ((i & p) === r) all.push([i, i + d])
      if (q === p) break
      d = q - p
      r = p
    }
  }
  const wanted = new Set([(n - 1) >> 1, n >> 1])
  const needed: [number, number][] = []
  for (const [low, high] of all.reverse()) {
    if (!wanted.has(low) && !wanted.has(high)) continue
    wanted.add(low).add(high)
    needed.push([low, high])
  }
  return needed.reverse()
}
