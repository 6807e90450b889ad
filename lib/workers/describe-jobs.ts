import { groupRepairs } from '../correction/group-repairs.js'
import { STRIP } from '../correction/strip-port.js'
import { targetsBefore } from '../correction/targets-before.js'
import type { SimdEngine } from '../correction/simd-engine.js'
import type { KernelSpace } from '../kernels/simd/open-kernels.js'
import type { DefectPlan } from '../maps/defect-plan.js'
import type { JobFrame } from './write-job.js'

/**
 * What the jobs of an engine have in common; puts the defect plan into its memory, each target with the strip that it is in.
 * @returns null when there is no memory for the plan
 */
export function describeJobs(engine: SimdEngine, plan: DefectPlan, output: 'float32' | 'uint16'): JobFrame | null {
  const { count, repair, pedestal, maps } = engine.options
  const placed = placePlan(engine, plan)
  const integerKind = maps === 'compact' ? 2 : 1
  const kind = output === 'float32' ? 0 : integerKind
  return placed && { ...engine.placedMaps, ...placed, kind, count, pedestal, strips: stripsOf(count), repair: repair ? 1 : 0 }
}

type PlanPlaces = Pick<JobFrame, 'targets' | 'before' | 'groups'>

function placePlan({ space, options }: SimdEngine, plan: DefectPlan): PlanPlaces | null {
  const { targets } = plan
  const strips = stripsOf(options.count)
  const before = targetsBefore(targets, strips)
  const repairs = groupRepairs(plan, strips, (k) => Math.floor(targets[k] / STRIP))
  const placed = place(space, { targets, before, repairs: repairs.bytes })
  const groups = placed && place(space, { groups: repairs.before.map((bytes) => placed.repairs + bytes) })
  return placed && groups && { targets: placed.targets, before: placed.before, groups: groups.groups }
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
