import t from 'tap'
import { buildDefectMap } from '../calibration/build-defect-map.js'
import type { DefectPresetName } from '../calibration/defect-presets/defect-preset.js'
import type { StackSummary } from '../calibration/stack-summary.js'
import { judgeStack } from '../calibration/stacks/judge-stack.js'
import { openStack } from '../calibration/stacks/open-stack.js'
import { summarizeStack } from '../calibration/stacks/summarize-stack.js'
import { BAD_PIXEL_BITS } from '../lib/maps/defect-flags.js'
import type { DefectRuleRecord } from '../lib/maps/defect-finding.js'
import type { OffsetMap } from '../lib/maps/maps.js'
import { createVirtualDetector } from '../lib/simulation/create-virtual-detector.js'
import type { VirtualFrame } from '../lib/simulation/virtual-detector.js'

// bench/defect-recall.mjs does the same at full size: 20 panels of 1024 x 1024, every class. Here 2 of 384 x 384, one level.
const SIDE = 384
const FRAMES = 24
const SEEDS = [1, 2]
const PRESETS: readonly DefectPresetName[] = ['general', 'e2597', 'xrd1621', 'statistical']

async function summarize(frames: Iterable<VirtualFrame>, role: 'dark' | 'flat', offset?: OffsetMap): Promise<StackSummary> {
  const stack = await openStack([...frames], { role, subject: role, bits: 14, ...(offset && { offset }) })
  return summarizeStack(stack, judgeStack(stack, {}), { ...(offset && { offset: offset.data }) })
}

/** Twice the limit of each class, in the unit in which its deviation is planted; Infinity: this preset does not look for it. */
function twiceTheLimit(rules: readonly DefectRuleRecord[]): Record<string, number> {
  const limit = (name: string): number => rules.find((rule) => rule.name === name)?.threshold ?? Infinity
  const outlier = limit('response (outliers)')
  return {
    dead: 0,
    stuck: 0,
    cluster: 0,
    line: 0,
    hot: 2 * limit('hot'),
    overResponding: 2 * Math.min(limit('overResponding') - 1, outlier),
    underResponding: 2 * Math.min(limit('underResponding') === Infinity ? Infinity : 1 - limit('underResponding'), outlier),
    noisy: 2 * limit('noisy (darks)'),
    // The simulator lets them switch three times and more in every eight frames.
    unstable: 2 * Math.min(limit('unstable (darks)'), limit('unstable, switching (darks)'))
  }
}

t.test(`every preset finds what is planted at twice its limits: ${SEEDS.length} panels of ${SIDE} x ${SIDE}`, async (t) => {
  const missed = new Map<string, string[]>()
  const falsePixels = new Map<string, number>()
  const judged = new Map<string, Set<string>>()
  for (const seed of SEEDS) {
    const detector = createVirtualDetector({ rows: SIDE, cols: SIDE, seed, bits: 14 })
    const darks = await summarize(detector.darks(FRAMES), 'dark')
    const flats = [await summarize(detector.flats(FRAMES), 'flat', { data: darks.location, shape: darks.shape })]
    for (const preset of PRESETS) {
      const { defects, rules } = buildDefectMap({ darks, flats }, { preset, saturation: detector.saturation })
      const isFound = (pixel: number): boolean => (defects.data[pixel] & BAD_PIXEL_BITS) !== 0
      const limits = twiceTheLimit(rules)
      for (const defect of detector.truth.planted) {
        if (!(defect.deviation >= (limits[defect.class] ?? Infinity))) continue
        judged.set(preset, (judged.get(preset) ?? new Set()).add(defect.class))
        if (!defect.pixels.every(isFound)) missed.set(preset, [...(missed.get(preset) ?? []), `seed ${seed}: ${defect.description}`])
      }
      const wrong = detector.truth.defects.data.reduce((sum, flags, i) => sum + (flags === 0 && isFound(i) ? 1 : 0), 0)
      falsePixels.set(preset, (falsePixels.get(preset) ?? 0) + wrong)
    }
  }
  t.strictSame([...missed], [], 'none is missed')
  const common = ['dead', 'stuck', 'cluster', 'line', 'overResponding', 'noisy']
  for (const preset of PRESETS)
    t.ok(
      common.every((name) => preset === 'xrd1621' || judged.get(preset)!.has(name)),
      `${preset}: ${[...judged.get(preset)!].join(', ')}`
    )
  for (const name of ['hot', 'underResponding', 'unstable']) t.ok(judged.get('statistical')!.has(name), name)
  // A budget of one false pixel per panel: Poisson of mean 2 exceeds 8 with probability 2e-4. The others are no wider.
  for (const preset of PRESETS) t.ok(falsePixels.get(preset)! <= 8, `${preset}: ${falsePixels.get(preset)} false pixels`)
})
