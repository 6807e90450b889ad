import type { DefectPlan } from '../../maps/defect-plan.js'

/** The repairs of a plan as the SIMD kernels read them, strip after strip. */
export interface RepairGroups {
  /**
   * Group after group: bytes of its sources and of its targets (uint32 each), the sum of the weights (float64); per source the weight
   * (float64) and its place less that of the target (int32); per target its place (uint32), the last one twice where their number is odd.
   * Little-endian, as the memory of WebAssembly is.
   */
  readonly bytes: Uint8Array
  /** Per strip, one more than strips: bytes before its groups. */
  readonly before: Uint32Array
}

import {
  GROUP_HEAD_BYTES as HEAD_BYTES,
  GROUP_SOURCE_BYTES as SOURCE_BYTES,
  GROUP_TARGET_BYTES as TARGET_BYTES
} from '../../kernels/simd/layouts.js'

/**
 * Group the targets of each strip that have their sources in the same places and with the same weights: lines, single pixels and the nine
 * pixels of a 3 x 3 block are many on a real panel, so that a target takes 17 bytes instead of 72 and goes beside another one.
 * Sources and the sum of their weights keep their order, so the repair has the bits of `repairF32`.
 * @param stripOf strip in which target k is to be replaced, from 0 to before `strips`
 */
export function groupRepairs(plan: DefectPlan, strips: number, stripOf: (k: number) => number): RepairGroups {
  const { targets } = plan
  const [stencils, kinds] = numberStencils(plan)
  const byStencil = sortStably(Uint32Array.from(targets.keys()), kinds, (k) => stencils[k])
  const order = sortStably(byStencil, strips, stripOf)
  const before = new Uint32Array(strips + 1)
  const groups: Uint32Array[] = []
  for (let n = 0; n < order.length; n += groups[groups.length - 1].length) {
    const strip = stripOf(order[n])
    let end = n + 1
    while (end < order.length && stencils[order[end]] === stencils[order[n]] && stripOf(order[end]) === strip) end++
    groups.push(order.subarray(n, end))
    before[strip + 1] += bytesOf(plan, order.subarray(n, end))
  }
  for (let strip = 0; strip < strips; strip++) before[strip + 1] += before[strip]
  const bytes = new Uint8Array(before[strips])
  let at = 0
  for (const members of groups) {
    const size = bytesOf(plan, members)
    writeGroup(new DataView(bytes.buffer, at, size), plan, members)
    at += size
  }
  return { bytes, before }
}

function bytesOf({ starts }: DefectPlan, members: Uint32Array): number {
  const [model] = members
  return HEAD_BYTES + SOURCE_BYTES * (starts[model + 1] - starts[model]) + TARGET_BYTES * evenFrom(members.length)
}

function writeGroup(view: DataView, { targets, starts, sources, weights }: DefectPlan, members: Uint32Array): void {
  const [model] = members
  const count = starts[model + 1] - starts[model]
  let total = 0
  let at = HEAD_BYTES
  for (let j = starts[model]; j < starts[model + 1]; j++, at += SOURCE_BYTES) {
    total += weights[j]
    view.setFloat64(at, weights[j], true)
    view.setInt32(at + 8, sources[j] - targets[model], true)
  }
  view.setUint32(0, SOURCE_BYTES * count, true)
  view.setUint32(4, TARGET_BYTES * evenFrom(members.length), true)
  view.setFloat64(8, total, true)
  for (let n = 0; n < evenFrom(members.length); n++, at += TARGET_BYTES) {
    view.setUint32(at, targets[members[Math.min(n, members.length - 1)]], true)
  }
}

/** For each target a number that it shares with those whose sources have the same places and weights; and how many numbers there are. */
function numberStencils({ targets, starts, sources, weights }: DefectPlan): [stencils: Uint32Array, count: number] {
  const bits = new Uint32Array(weights.buffer, weights.byteOffset, weights.length)
  const isSame = (a: number, b: number): boolean => {
    const length = starts[a + 1] - starts[a]
    if (starts[b + 1] - starts[b] !== length) return false
    for (let j = starts[a], i = starts[b]; j < starts[a + 1]; j++, i++) {
      if (sources[j] - targets[a] !== sources[i] - targets[b] || bits[j] !== bits[i]) return false
    }
    return true
  }
  const stencils = new Uint32Array(targets.length)
  // open addressing, half full at most: the first target of each stencil, plus 1
  const slots = new Uint32Array(2 ** Math.ceil(Math.log2(2 * targets.length + 2)))
  let count = 0
  for (let k = 0; k < targets.length; k++) {
    let slot = 0
    for (let j = starts[k]; j < starts[k + 1]; j++) slot = mix(mix(slot ^ (sources[j] - targets[k])) ^ bits[j])
    slot &= slots.length - 1
    while (slots[slot] !== 0 && !isSame(slots[slot] - 1, k)) slot = (slot + 1) & (slots.length - 1)
    if (slots[slot] === 0) {
      slots[slot] = k + 1
      stencils[k] = count++
    } else stencils[k] = stencils[slots[slot] - 1]
  }
  return [stencils, count]
}

/** Spreads what differs in high bits into low ones: a step of a hash. */
function mix(value: number): number {
  const product = Math.imul(value, 0x9e3779b1)
  return product ^ (product >>> 15)
}

/** Sorted by bin, else in the order that was: a counting sort. */
function sortStably(order: Uint32Array, bins: number, binOf: (k: number) => number): Uint32Array {
  const next = new Uint32Array(bins + 1)
  for (const k of order) next[binOf(k) + 1]++
  for (let bin = 0; bin < bins; bin++) next[bin + 1] += next[bin]
  const sorted = new Uint32Array(order.length)
  for (const k of order) sorted[next[binOf(k)]++] = k
  return sorted
}

function evenFrom(count: number): number {
  return count + (count & 1)
}
