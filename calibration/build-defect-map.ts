import { StackError } from '../lib/errors.js'
import { assertShape } from '../lib/frame/assert-shape.js'
import { badPixels } from '../lib/maps/bad-pixels.js'
import { countDefects } from '../lib/maps/count-defects.js'
import type { DefectFinding } from '../lib/maps/defect-finding.js'
import { DEFECT_FLAGS } from '../lib/maps/defect-flags.js'
import type { DefectClass } from '../lib/maps/defect-flags.js'
import { isDefect } from '../lib/maps/is-defect.js'
import type { DefectMap } from '../lib/maps/maps.js'
import { markClusters } from '../lib/maps/mark-clusters.js'
import { robustMedian } from '../lib/maps/robust-median.js'
import { addBadPixels } from './defect-rules/add-bad-pixels.js'
import type { DefectContext } from './defect-rules/defect-context.js'
import { GROUP_BITS } from './defect-rules/flag-pixel.js'
import { markBadNeighbourhood } from './defect-rules/mark-bad-neighbourhood.js'
import { markClipped } from './defect-rules/mark-clipped.js'
import { markDead } from './defect-rules/mark-dead.js'
import { markHot } from './defect-rules/mark-hot.js'
import { markLagging } from './defect-rules/mark-lagging.js'
import { markLines } from './defect-rules/mark-lines.js'
import { markNoisy } from './defect-rules/mark-noisy.js'
import { markNonLinear } from './defect-rules/mark-non-linear.js'
import { markNonUniform } from './defect-rules/mark-non-uniform.js'
import { markResponse } from './defect-rules/mark-response.js'
import { markUnstable } from './defect-rules/mark-unstable.js'
import { measureExpectedNoise } from './defect-rules/measure-expected-noise.js'
import { resolveDefectOptions } from './defect-rules/resolve-defect-options.js'
import type { DefectRuleOptions } from './defect-rules/resolve-defect-options.js'
import { createScratchMaps } from './defect-rules/scratch-maps.js'
import type { TestableStacks } from './defect-rules/share-budget.js'
import type { DecayFrames, StackSummary } from './stack-summary.js'

/** What defects are found from. */
export interface DefectMapInput {
  /** Raw DN. */
  readonly darks: StackSummary
  /** Offset-corrected, at least one level; the first one makes the gain map, all serve the rules. */
  readonly flats: readonly StackSummary[]
  /** First frames after an exposure; absent: no lagging pixels are looked for. */
  readonly decay?: DecayFrames
}

export interface DefectMapResult {
  readonly defects: DefectMap
  /** Pixels that carry each flag; a pixel may carry several. */
  readonly counts: Record<DefectClass, number>
  /** Every rule with its limit and what it found, in the order of application. */
  readonly rules: DefectFinding['rules']
  /** What these frames cannot show, and what the user should know; one sentence each. */
  readonly warnings: readonly string[]
  /** Preset, numbers in use, what was given over the preset. */
  readonly used: Omit<DefectFinding, 'rules' | 'splitHalf'>
}

/** In the order of application. */
const RULES: readonly ((context: DefectContext) => void)[] = [
  ...[markDead, markHot, markClipped, markResponse, measureNoise, markNoisy, markUnstable, markNonUniform, markNonLinear, markLagging],
  ...[markLines, markBadNeighbourhood]
]

/** A signal below this is taken for fractional values, DN. */
const SMALL_SIGNAL = 100

/**
 * Find the defects of a panel from its darks and flats.
 *
 * Order: user flags, dead, hot, clipped, over- and under-responding, noisy, unstable, non-uniform, non-linear,
 * lagging, lines, bad neighbourhoods, then clusters and cluster kernel pixels. What one rule found stays out of the medians and fits of the
 * next ones. Flags are OR-ed. A class that the frames cannot show (noise from one dark) is not looked for, and a warning says so.
 * @param input darks in raw DN; flats offset-corrected, at least one level, the first one makes the gain map
 * @param options thresholds, all with the defaults of the standards
 * @returns flags per pixel, counts, rules as applied, warnings; the input is not changed
 * @throws {ShapeError} ERR_SHAPE when stacks differ in shape
 * @throws {StackError} ERR_STACK without flats, with a stack in the wrong role, or without any signal in a flat level
 * @throws {OptionError} ERR_OPTION
 * @see ASTM E2597/E2597M-14 for classes and limits; each rule names its own source
 */
export function buildDefectMap(input: DefectMapInput, options: DefectRuleOptions = {}): DefectMapResult {
  const { darks, flats, decay = null } = input
  assertStacks(darks, flats, decay)
  const { shape } = darks
  const { options: resolved, used } = resolveDefectOptions(options, shape, testableStacks(darks, flats, decay))
  const defects = { data: new Uint32Array(shape[0] * shape[1]), shape }
  addUserFlags(defects, resolved.userFlags)
  const bad = badPixels(defects)
  const levels = flats.map((flat, l) => levelOf(flat, l, bad))
  const quantum = resolved.quantum ?? darks.quantum ?? (levels[0] < SMALL_SIGNAL ? 0 : 1)
  const context: DefectContext = {
    ...{ shape, darks, flats, decay, options: resolved, defects, bad, levels, quantum },
    ...{ rules: [], warnings: [], noise: null },
    touched: new Uint8Array((bad.length >> GROUP_BITS) + 1),
    scratch: createScratchMaps(bad.length)
  }
  for (const rule of RULES) {
    rule(context)
    addBadPixels(context)
  }
  markClusters(defects)
  return { defects, counts: countDefects(defects), rules: context.rules, warnings: context.warnings, used }
}

function measureNoise(context: DefectContext): void {
  context.noise = measureExpectedNoise(context)
}

function testableStacks(darks: StackSummary, flats: readonly StackSummary[], decay: DecayFrames | null): TestableStacks {
  const [first, ...others] = flats
  const comparisons = others.filter(({ sd }) => sd !== null && first.sd !== null).length
  return {
    pixels: darks.shape[0] * darks.shape[1],
    noisyStacks: [darks, ...flats].filter(({ sd }) => sd !== null).length,
    flatComparisons: comparisons + (first.evenHalf === null ? 0 : 1),
    flatLevels: flats.length,
    decayFrames: decay === null ? 0 : decay.frames.length
  }
}

function assertStacks(darks: StackSummary, flats: readonly StackSummary[], decay: DecayFrames | null): void {
  if (darks.role !== 'dark') throw new StackError({ subject: 'darks', expected: 'a stack of darks', received: `role "${darks.role}"` })
  if (flats.length === 0) throw new StackError({ subject: 'flats', expected: 'at least one level', received: 'none' })
  assertShape('darks', { data: darks.location, shape: darks.shape })
  flats.forEach((flat, l) => {
    if (flat.role !== 'flat')
      throw new StackError({ subject: `flats ${l + 1}`, expected: 'a stack of flats', received: `role "${flat.role}"` })
    assertShape(`flats ${l + 1}`, { data: flat.location, shape: flat.shape }, darks.shape)
  })
  if (decay === null) return
  if (decay.frames.length === 0)
    throw new StackError({ subject: 'decay', expected: 'at least the first frame after the exposure', received: 'none' })
  decay.frames.forEach((data, k) => assertShape(`decay, frame ${k}`, { data, shape: decay.shape }, darks.shape))
  if (decay.exposed !== null) assertShape('decay, exposed signal', { data: decay.exposed, shape: decay.shape }, darks.shape)
}

function levelOf(flat: StackSummary, l: number, bad: Uint8Array): number {
  const median = robustMedian(flat.location, bad)
  if (median > 0) return median
  throw new StackError({ subject: `flats ${l + 1}`, expected: 'a median signal above the offset', received: `${median} DN` })
}

/** The user's flags, as given; whatever they make a defect also says that the user did. */
function addUserFlags(defects: DefectMap, userFlags: DefectMap | null): void {
  if (userFlags === null) return
  for (let i = 0; i < defects.data.length; i++) {
    const flags = userFlags.data[i]
    defects.data[i] |= isDefect(flags) ? flags | DEFECT_FLAGS.user : flags
  }
}
