import type { Shape } from '../frame/shape.js'

/** How a bad pixel gets its value; see `planDefects`. */
export type RepairMethod = 'harmonic' | 'linear' | 'ring'

/** The methods in the order of the codes in {@link DefectPlan.methods}. */
export const REPAIR_METHODS: readonly RepairMethod[] = Object.freeze(['harmonic', 'linear', 'ring'] as const)

/**
 * How every bad pixel of a panel is replaced: the value of `targets[k]` becomes the weighted mean of the good pixels
 * `sources[j]`, weights `weights[j]`, j from `starts[k]` to before `starts[k + 1]`. Plain, structured-cloneable data.
 * Sources are never targets, so the order of replacement does not matter and a frame can be repaired in place.
 */
export interface DefectPlan {
  readonly shape: Shape
  /** Index of every bad pixel, ascending. */
  readonly targets: Uint32Array
  /** Start of each target's sources; one longer than `targets`. */
  readonly starts: Uint32Array
  /** Indices of good pixels, ascending within a target. */
  readonly sources: Uint32Array
  /** Not negative; those of a target sum to 1 within float32 rounding (the kernels divide by the sum). */
  readonly weights: Float32Array
  /** Per target: index into {@link REPAIR_METHODS}. */
  readonly methods: Uint8Array
  /** Per target: flags to OR into a defect map: `clusterKernel`, `unrepairable`. */
  readonly flags: Uint32Array
  /** Per target: noise variance of the replacement over that of one good pixel (sum of squared weights). */
  readonly variance: Float32Array
  readonly counts: DefectPlanCounts
}

/** Pixels of a plan, counted. */
export interface DefectPlanCounts {
  readonly bad: number
  /** Replaced with trust. */
  readonly repaired: number
  /** Filled for display only; they carry `DEFECT_FLAGS.unrepairable`. */
  readonly unrepairable: number
  readonly byMethod: Readonly<Record<RepairMethod, number>>
}
