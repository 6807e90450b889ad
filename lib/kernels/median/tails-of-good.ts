import { selectNth } from './select-nth.js'

const SAMPLE = 8192
/** A loop that is called often is compiled with its types; one that runs once, over all of a map, is not. */
const PART = 4096

/**
 * The value of rank `tail` (0: the smallest) and the one of that rank from above, of the finite values that are not excluded. Two values
 * of a sample cut off little more than the tails, which one pass gathers; where the sample misled, all values are gathered.
 * What must hold: 0 <= tail < count.
 * @param count finite values that are not excluded
 */
export function tailsOfGood(values: Float32Array, excluded: Uint8Array, count: number, tail: number): [low: number, high: number] {
  const [below, above] = cutsOf(values, excluded, tail / count)
  const low: number[] = []
  const high: number[] = []
  for (let from = 0; from < values.length; from += PART) {
    gatherTails(values, excluded, from, Math.min(values.length, from + PART), below, above, low, high)
  }
  const enough = low.length > tail && high.length > tail
  const [least, most] = enough ? [low, high].map((few) => Float32Array.from(few)) : allOf(values, excluded, count)
  return [selectNth(least, least.length, tail) + 0, selectNth(most, most.length, most.length - 1 - tail) + 0]
}

function gatherTails(
  values: Float32Array,
  excluded: Uint8Array,
  from: number,
  to: number,
  below: number,
  above: number,
  low: number[],
  high: number[]
): void {
  for (let i = from; i < to; i++) {
    const value = values[i]
    if ((value > below && value < above) || excluded[i] !== 0) continue
    if (value <= below && value > -Infinity) low.push(value)
    if (value >= above && value < Infinity) high.push(value)
  }
}

/** Values of a sample that leave out twice the share of the tails, and twelve more of the sample. */
function cutsOf(values: Float32Array, excluded: Uint8Array, share: number): [below: number, above: number] {
  const step = Math.ceil(values.length / SAMPLE) | 1
  const sample: number[] = []
  for (let i = 0; i < values.length; i += step) if (excluded[i] === 0 && values[i] - values[i] === 0) sample.push(values[i])
  const sorted = Float32Array.from(sample).sort()
  const rank = Math.ceil(2 * share * sorted.length) + 12
  return rank < sorted.length ? [sorted[rank], sorted[sorted.length - 1 - rank]] : [Infinity, -Infinity]
}

/** Twice, since they are put in order. */
function allOf(values: Float32Array, excluded: Uint8Array, count: number): [Float32Array, Float32Array] {
  const all = new Float32Array(count)
  let n = 0
  for (let i = 0; i < values.length; i++) if (excluded[i] === 0 && values[i] - values[i] === 0) all[n++] = values[i]
  return [all, all.slice()]
}
