import { StackError } from '../../lib/errors.js'
import { chanceGap } from './chance-gap.js'
import { medianAndSpread } from './median-and-spread.js'
import type { FrameFacts } from './open-stack.js'

/** A gap between frame means parts groups from so many times the usual one on. */
const GROUP_GAP = 40

/** From so many frames on no two of them are so close by chance that a gap means nothing. */
const MANY = 8

/**
 * Assert that darks do not fall into groups of which none has the majority: no median tells which of them is dark.
 * @param least gap between two means below which nothing is parted, DN
 * @throws {StackError} ERR_STACK naming the groups and their levels
 */
export function assertOneGroup(subject: string, frames: readonly FrameFacts[], least: number): void {
  const sorted = [...frames].sort((a, b) => a.statistics.mean - b.statistics.mean)
  const gaps = sorted.slice(1).map(({ statistics }, k) => statistics.mean - sorted[k].statistics.mean)
  const limit = Math.max(least, frames.length < MANY ? chanceGap(frames) : 0, GROUP_GAP * medianAndSpread(gaps).median)
  const ends = [...gaps.flatMap((gap, k) => (gap > limit ? [k + 1] : [])), sorted.length]
  const groups = ends.map((end, k) => sorted.slice(k === 0 ? 0 : ends[k - 1], end))
  if (groups.length === 1 || groups.some(({ length }) => 2 * length > frames.length)) return
  const names = groups.map((group) => {
    const indices = group.map(({ index }) => index).sort((a, b) => a - b)
    const { median } = medianAndSpread(group.map(({ statistics }) => statistics.mean))
    return `${group.length} at ${Number(median.toPrecision(6))} DN (frames ${indices.slice(0, 3).join(', ')}${indices.length > 3 ? ', ...' : ''})`
  })
  throw new StackError({
    subject,
    expected: 'frames of one dark level',
    received: `${groups.length} groups, none of them the majority: ${names.join(', ')}: modes mixed, or the beam was on`,
    frames: groups.slice(1).flatMap((group) => group.map(({ index }) => index))
  })
}
