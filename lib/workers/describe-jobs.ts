import { groupRepairs } from '../correction/engines/group-repairs.js'
import { STRIP } from '../kernels/simd/layouts.js'
import { targetsBefore } from '../correction/engines/targets-before.js'
import type { SimdEngine } from '../correction/engines/simd-engine.js'
import type { KernelSpace } from '../kernels/simd/open-kernels.js'
import type { Program } from '../correction/program/compile-program.js'
import type { DefectPlan } from '../maps/defect-plan.js'
import { jobKind } from './write-job.js'
import type { JobFrame } from './write-job.js'

/** What the jobs of a pool have in common. */
export interface JobDescription {
  readonly frame: JobFrame
  /** Kinds of the jobs that a frame takes, one after the other. */
  readonly kinds: readonly number[]
  /** Bytes of the steps beside each job. */
  readonly stepBytes: number
  /** Bytes set aside for the defect plan, to be given back. */
  readonly places: readonly number[]
}

/**
 * What the jobs of an engine have in common; puts the defect plan into its memory, each target with the strip that it is in.
 * @param before where the same plan stands already
 * @returns null when there is no memory for the plan
 */
export function describeJobs(
  engine: SimdEngine,
  plan: DefectPlan,
  program: Program,
  output: 'float32' | 'uint16',
  before: JobDescription | null = null
): JobDescription | null {
  const { count, repair, pedestal } = engine.options
  const placed = before ? planOf(before) : placePlan(engine, plan)
  if (placed === null) return null
  const kinds = kindsOf(engine, program, output)
  const { places, ...planned } = placed
  const steps = { steps: engine.steps.count, fused: program.isFused ? 1 : 0 }
  const frame = {
    ...engine.placedMaps,
    ...planned,
    ...steps,
    kind: kinds[0],
    count,
    pedestal,
    strips: stripsOf(count),
    repair: repair ? 1 : 0
  }
  return { frame, kinds, stepBytes: engine.steps.bytes, places }
}

function kindsOf({ options: { maps, repair } }: SimdEngine, { isPlain }: Program, output: 'float32' | 'uint16'): number[] {
  const isFloat = output === 'float32'
  if (isPlain) return [jobKind(isFloat ? 'toFloat' : maps === 'compact' ? 'compact' : 'toInteger')]
  const first = jobKind('runSteps')
  return isFloat && !repair ? [first] : [first, jobKind(isFloat ? 'finishFloat' : 'finishInteger')]
}

function planOf({ frame: { targets, before, groups }, places }: JobDescription): PlanPlaces {
  return { targets, before, groups, places }
}

type PlanPlaces = Pick<JobFrame, 'targets' | 'before' | 'groups'> & Pick<JobDescription, 'places'>

function placePlan({ space, options }: SimdEngine, plan: DefectPlan): PlanPlaces | null {
  const { targets } = plan
  const strips = stripsOf(options.count)
  const before = targetsBefore(targets, strips)
  const repairs = groupRepairs(plan, strips, (k) => Math.floor(targets[k] / STRIP))
  const placed = place(space, { targets, before, repairs: repairs.bytes })
  const groups = placed && place(space, { groups: repairs.before.map((bytes) => placed.repairs + bytes) })
  if (!placed || !groups) return null
  const { targets: targetsAt, before: beforeAt, repairs: repairsAt } = placed
  return { targets: targetsAt, before: beforeAt, groups: groups.groups, places: [targetsAt, beforeAt, repairsAt, groups.groups] }
}

/** Copy arrays into the memory; null when there is no room for them. */
function place<N extends string>(space: KernelSpace, arrays: Record<N, Uint8Array | Uint32Array>): Record<N, number> | null {
  const places: Partial<Record<N, number>> = {}
  for (const name of Object.keys(arrays) as N[]) {
    const array = arrays[name]
    const start = space.reserve(array.byteLength)
    if (start === null) return null
    new Uint8Array(space.memory.buffer, start, array.byteLength).set(new Uint8Array(array.buffer, array.byteOffset, array.byteLength))
    places[name] = start
  }
  return places as Record<N, number>
}

function stripsOf(count: number): number {
  return Math.ceil(count / STRIP)
}
