import { STRIP } from '../correction/strip-port.js'
import type { SimdEngine } from '../correction/simd-engine.js'
import type { DefectPlan } from '../maps/defect-plan.js'
import type { JobFrame } from './write-job.js'

/**
 * What the jobs of an engine have in common; puts the defect plan into its memory, targets in ascending order.
 * @returns null when there is no memory for the plan
 */
export function describeJobs(engine: SimdEngine, plan: DefectPlan, output: 'float32' | 'uint16'): JobFrame | null {
  const { count, repair, pedestal, maps } = engine.options
  const placed = placePlan(engine, plan)
  const integerKind = maps === 'compact' ? 2 : 1
  const kind = output === 'float32' ? 0 : integerKind
  return placed && { ...engine.placedMaps, ...placed, kind, count, pedestal, strips: stripsOf(count), repair: repair ? 1 : 0 }
}

type PlanPlaces = Pick<JobFrame, 'targets' | 'starts' | 'sources' | 'weights' | 'totals' | 'before'>

function placePlan({ space, options }: SimdEngine, plan: DefectPlan): PlanPlaces | null {
  const { targets, starts, sources, weights } = plan
  const strips = stripsOf(options.count)
  const totals = new Float64Array(targets.length)
  // in the order of the weights, as the kernels of one thread add them up
  for (let k = 0; k < targets.length; k++) for (let j = starts[k]; j < starts[k + 1]; j++) totals[k] += weights[j]
  const before = new Uint32Array(strips + 1)
  for (const target of targets) before[Math.floor(target / STRIP) + 1]++
  for (let strip = 0; strip < strips; strip++) before[strip + 1] += before[strip]
  const arrays = { targets, starts, sources, weights, totals, before }
  const places: Record<string, number> = {}
  for (const [name, array] of Object.entries(arrays)) {
    const place = space.reserve(array.byteLength)
    if (place === null) return null
    new Uint8Array(space.memory.buffer, place, array.byteLength).set(new Uint8Array(array.buffer, array.byteOffset, array.byteLength))
    places[name] = place
  }
  return places as PlanPlaces
}

function stripsOf(count: number): number {
  return Math.ceil(count / STRIP)
}
