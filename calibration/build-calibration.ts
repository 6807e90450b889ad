import { OptionError, StackError } from '../lib/errors.js'
import { assertShape } from '../lib/frame/assert-shape.js'
import type { FrameSource } from '../lib/frame/frame-source.js'
import { isNdarray } from '../lib/frame/is-ndarray.js'
import type { Shape } from '../lib/frame/shape.js'
import { badPixels } from '../lib/maps/bad-pixels.js'
import type { CalibrationSet, Provenance, StackRecord } from '../lib/maps/calibration-set.js'
import type { DefectFinding, SplitHalf } from '../lib/maps/defect-finding.js'
import { roundToThreeDigits } from '../lib/kernels/map/round-to-three-digits.js'
import { countDefects } from '../lib/maps/count-defects.js'
import { BAD_PIXEL_BITS, DEFECT_FLAGS } from '../lib/maps/defect-flags.js'
import type { DefectMap, GainMap, OffsetMap, PixelMap } from '../lib/maps/maps.js'
import { planDefects } from '../lib/maps/plan-defects.js'
import { version } from '../lib/version.js'
import { buildDefectMap } from './build-defect-map.js'
import type { DefectMapResult } from './build-defect-map.js'
import type { CalibrateOptions, CalibrationInput } from './calibrate-options.js'
import { beginRowReference } from './row-reference/begin-row-reference.js'
import { checkPoint } from './check-point.js'
import { compareHalves } from './compare-halves.js'
import type { DefectRuleOptions } from './defect-rules/resolve-defect-options.js'
import { judgeField } from './field/judge-field.js'
import { gainFromSummary } from './gain-from-summary.js'
import { inParts } from './in-parts.js'
import { judgeStack } from './stacks/judge-stack.js'
import type { TriageResult } from './stacks/judge-stack.js'
import { mergeFacts } from './merge-facts.js'
import { openStack } from './stacks/open-stack.js'
import type { OpenStack } from './stacks/open-stack.js'
import { DEFAULT_MEMORY } from './run-options.js'
import type { StackStore } from './stacks/stack-store.js'
import { stackWarnings } from './stacks/stack-warnings.js'
import type { StackSummary } from './stack-summary.js'
import { summarizeHalves } from './stacks/summarize-halves.js'
import type { Halves } from './stacks/summarize-halves.js'
import { summarizeStack } from './stacks/summarize-stack.js'
import { takeDecay } from './stacks/take-decay.js'

/**
 * All of {@link calibrate}.
 * @param store where frames are held, and what threads there are
 */
export async function buildCalibration(input: CalibrationInput, options: CalibrateOptions, store: StackStore): Promise<CalibrationSet> {
  const { detrendDarks = true, normalizeFlats = true, combine, splitHalf = false } = options
  assertInput(input)
  assertField(options.field)
  const pixelPitch = pitchOf(options.pixelPitch)
  const darks = await take(input.darks, 'darks', options, store)
  mergeFacts(options, [darks.stack])
  const darkOptions = { ...options, combine, normalize: detrendDarks, level: 0 }
  const summary = await summarizeStack(darks.stack, darks.triage, darkOptions)
  const darkHalves = splitHalf ? await summarizeHalves(darks.stack, darks.triage, darkOptions) : null
  const { shape } = summary
  const offset = { data: finite(summary.location), shape }
  const rows = options.referenceColumns && (await beginRowReference(options, options.referenceColumns, darks, summary, offset))
  release(darks.stack)
  const offsets = darkHalves && ([finite(darkHalves[0].location), finite(darkHalves[1].location)] as const)
  // The first level comes last: its frames are wanted once more, and only one stack is held at a time.
  const levels: Level[] = []
  for (let l = input.flats.length; l >= 1; l--) {
    const taken = await take(input.flats[l - 1], `flats of level ${l}`, { ...options, offset }, store)
    mergeFacts(options, [darks.stack, taken.stack])
    const given = { ...options, combine, normalize: normalizeFlats, offset: offset.data, level: l }
    const flat = await summarizeStack(taken.stack, taken.triage, given)
    const halves = offsets && (await summarizeHalves(taken.stack, taken.triage, given, offsets))
    await rows?.addFlats(taken.stack, taken.triage)
    if (l > 1) release(taken.stack)
    levels.unshift({ ...taken, summary: flat, halves })
  }
  const facts = mergeFacts(options, [darks.stack, ...levels.map(({ stack }) => stack)])
  const [first] = levels
  const offsetErrors = summary.locationErrors
  const taken = input.decay ? await takeDecay(input.decay, offset, first.summary.location, options) : null
  if (taken) mergeFacts(options, [first.stack, { subject: 'decay', role: 'dark', frames: taken.infos.map((info) => ({ info })) }])
  const { level: saturation, stated } = first.stack.saturation
  checkPoint(options, 'finding defects', 0, 1)
  const field = judgeField(
    levels.map((level) => level.summary),
    rows?.flags ?? userFlagsOf(options, shape),
    options.field ?? 'whole'
  )
  const rules = { saturation, ...ruleOptions(options), ...(field.flags && { userFlags: field.flags }) }
  const decay = taken && taken.decay
  const found = buildDefectMap({ darks: summary, flats: levels.map((level) => level.summary), ...(decay && { decay }) }, rules)
  const split = splitHalf ? findHalves(found, darkHalves, levels, rules) : null
  checkPoint(options, 'finding defects', 1, 1)
  const fitted = rows?.finish(found.used.midline)
  const bad = badPixels(found.defects)
  const last = normalizeFlats
    ? await summarizeStack(first.stack, first.triage, { ...options, combine, offset: offset.data, bad, level: 1, brief: true })
    : first.summary
  const { gain, gainErrors } = gainFromSummary(last, offsetErrors, found.defects, options)
  flagWithoutGain(found.defects, gain)
  flagRepair(found.defects)
  const counts = countDefects(found.defects)
  const warnings = [
    ...saturationWarnings(saturation, stated),
    ...darks.triage.warnings,
    ...stackWarnings('darks', summary, darks.triage),
    ...levels.flatMap(({ stack, triage, summary: flat }) => [...triage.warnings, ...stackWarnings(stack.subject, flat, triage)]),
    ...field.warnings,
    ...found.warnings,
    ...(fitted ? fitted.warnings : []),
    ...(splitHalf && split === null ? ['a stack of fewer than 4 frames has no halves: repeatability of the defects cannot be told'] : [])
  ]
  const finding: DefectFinding = { ...found.used, rules: found.rules.map((rule) => ({ ...rule })), splitHalf: split }
  const provenance: Provenance = {
    schema: 'flatpanel.calibration/2',
    program: 'flatpanel',
    version,
    created: options.now ? options.now.toISOString() : null,
    mode: facts.mode,
    kilovolts: facts.kilovolts,
    filter: facts.filter,
    temperature: facts.temperature,
    stacks: [summary.record, last.record, ...levels.slice(1).map((level): StackRecord => level.summary.record)],
    options: recordOptions(options),
    warnings: [...new Set(warnings)],
    defectCounts: counts,
    defectFinding: finding,
    quantum: { darks: summary.quantum ?? null, flats: last.quantum ?? null },
    ...(taken && { decay: taken.records }),
    smallestRejectable: [summary, last].map(({ smallestRejectable }) => (Number.isFinite(smallestRejectable) ? smallestRejectable : null))
  }
  return {
    shape,
    offset,
    offsetErrors: noiseMapOf(offsetErrors, summary),
    noise: noiseMapOf(summary.clippedSd, summary),
    gain,
    gainErrors: gainErrors && noiseMapOf(gainErrors.data, summary),
    flatSignal: { data: finite(last.location), shape },
    flatNoise: noiseMapOf(last.clippedSd, last),
    defects: found.defects,
    ...(fitted && { corrections: { rowReference: fitted.rowReference } }),
    saturation,
    pixelPitch,
    serialNumber: facts.serialNumber,
    localName: options.localName ?? null,
    darkFrames: summary.frames,
    flatFrames: last.frames,
    provenance
  }
}

interface Taken {
  readonly stack: OpenStack
  readonly triage: TriageResult
}

interface Level extends Taken {
  readonly summary: StackSummary
  readonly halves: Halves<StackSummary> | null
}

function ruleOptions({ defectRules = {}, readout = defectRules.readout }: CalibrateOptions): DefectRuleOptions {
  return { ...defectRules, ...(readout && { readout }) }
}

function userFlagsOf({ defectRules }: CalibrateOptions, shape: Shape): DefectMap | null {
  const { userFlags = null } = defectRules ?? {}
  if (userFlags !== null) assertShape('user flags', userFlags, shape)
  return userFlags
}

/** Defects from each half of the frames alone, as far as they agree; null where a stack has no halves. */
function findHalves(
  whole: DefectMapResult,
  darks: Halves<StackSummary> | null,
  levels: readonly Level[],
  rules: DefectRuleOptions
): SplitHalf | null {
  if (darks === null || levels.some(({ halves }) => halves === null)) return null
  const find = (half: 0 | 1) => buildDefectMap({ darks: darks[half], flats: levels.map(({ halves }) => halves![half]) }, rules).defects
  return compareHalves(find(0), find(1), whole.defects)
}

function finite(values: Float32Array): Float32Array {
  const out = new Float32Array(values)
  inParts(out.length, (from, to) => {
    for (let i = from; i < to; i++) if (out[i] - out[i] !== 0) out[i] = 0
  })
  return out
}

async function take(
  source: FrameSource,
  subject: string,
  options: CalibrateOptions & { readonly offset?: OffsetMap },
  store: StackStore
): Promise<Taken> {
  const stack = await openStack(source, { ...options, role: options.offset ? 'flat' : 'dark', subject, store })
  const triage = judgeStack(stack, options)
  if (stack.held !== null) stack.held = store.keep(stack.held, triage.kept)
  return { stack, triage }
}

/** Let go of the frames of a stack that is done with. */
function release(stack: OpenStack): void {
  stack.held = null
}

function assertInput({ darks, flats }: CalibrationInput): void {
  if (darks === undefined) throw new StackError({ subject: 'darks', expected: 'a source of frames', received: 'undefined' })
  const [first] = (Array.isArray(flats) ? flats : [undefined]) as unknown[]
  const isFrame = isNdarray(first) || (typeof first === 'object' && first !== null && 'data' in first && 'shape' in first)
  if (Array.isArray(flats) && flats.length > 0 && !isFrame) return
  throw new StackError({
    subject: 'flats',
    expected: 'an array of sources, one per level',
    received: isFrame ? 'an array of frames: put it into an array of its own' : Array.isArray(flats) ? 'an empty array' : typeof flats
  })
}

function assertField(field: unknown): void {
  if (field === undefined || field === 'whole' || field === 'of-view') return
  throw new OptionError({ subject: 'option "field"', expected: '"whole" or "of-view"', received: String(field) })
}

function pitchOf(pitch: number | readonly [number, number] | undefined): readonly [number, number] | null {
  if (pitch === undefined) return null
  const both: readonly number[] = typeof pitch === 'number' ? [pitch, pitch] : pitch
  if (both.length === 2 && both.every((value) => Number.isFinite(value) && value > 0)) return [both[0], both[1]]
  throw new OptionError({ subject: 'option "pixelPitch"', expected: 'one or two figures in mm above 0', received: String(pitch) })
}

function saturationWarnings(level: number | null, stated: boolean): string[] {
  if (stated) return []
  return [
    level === null
      ? 'saturation was not stated and float frames do not tell it: saturated pixels cannot be found'
      : `saturation was not stated: ${level} DN, the largest value of the pixel type, is taken for it`
  ]
}

/** Whatever has no gain is no good pixel: dead, unless a rule had a better name for it. */
function flagWithoutGain(defects: DefectMap, gain: GainMap): void {
  for (let i = 0; i < gain.data.length; i++) {
    if (gain.data[i] === 0 && (defects.data[i] & BAD_PIXEL_BITS) === 0) defects.data[i] |= DEFECT_FLAGS.dead
  }
}

/** Cluster kernel pixels, and what is beyond trustworthy repair, so that every reader of the map knows without a plan. */
function flagRepair(defects: DefectMap): void {
  const { targets, flags } = planDefects(defects)
  for (let k = 0; k < targets.length; k++) defects.data[targets[k]] |= flags[k]
}

/**
 * A map of what is uncertain, itself known to 1 % at best (1 / sqrt(2 (n - 1)) for n frames): three digits of it are kept, so that the file
 * is small and says the same as the memory. The defects were found before, with all of them.
 */
function noiseMapOf(data: Float32Array | null, { shape }: StackSummary): PixelMap | null {
  if (data !== null) inParts(data.length, (from, to) => roundToThreeDigits(data.subarray(from, to)))
  return data && { data, shape }
}

/** Every option that decides about values, as used; what is unknown is null. */
function recordOptions(options: CalibrateOptions): Record<string, unknown> {
  const { saturation = null, bits = null, combine = null, normalizeFlats = true, detrendDarks = true } = options
  const { allowDuplicates = false, allowCorrected = false } = options
  const { reference = 'mean', region = null, memory = DEFAULT_MEMORY, splitHalf = false, referenceColumns } = options
  const { userFlags, ...rules } = ruleOptions(options)
  return {
    saturation,
    bits,
    combine,
    normalizeFlats,
    detrendDarks,
    allowDuplicates,
    allowCorrected,
    reference,
    region: region && { ...region },
    memory,
    splitHalf,
    ...(options.field && { field: options.field }),
    ...(referenceColumns && { referenceColumns: referenceColumns.map((range) => [...range]) }),
    defectRules: { ...rules, userFlags: userFlags ? 'given' : null }
  }
}
