/**
 * Defect flags: the bits of NeXus `NXdetector/pixel_mask` (NXdetector, 2024 definitions), with our further classes on
 * bits that NeXus leaves undefined. A pixel is bad when any bit of {@link BAD_PIXEL_BITS} is set; upper bits only inform.
 * Flags are OR-ed, never assigned.
 */
export const DEFECT_FLAGS = Object.freeze({
  /** No pixel here. */
  gap: 1 << 0,
  /** No response, or the same value at every level (stuck). */
  dead: 1 << 1,
  underResponding: 1 << 2,
  overResponding: 1 << 3,
  noisy: 1 << 4,
  /** No X-rays reach it (shielded, or outside the field of view): no defect, but part of no statistic, and never repaired. */
  unexposed: 1 << 5,
  /** Member of a cluster of two or more connected bad pixels. */
  cluster: 1 << 6,
  /** Set by the user. */
  user: 1 << 8,
  /** Dark level far above its neighbours. */
  hot: 1 << 9,
  /** Response changes with level or between stacks. */
  nonUniform: 1 << 10,
  lagging: 1 << 11,
  /** Good pixel without a good neighbour. */
  badNeighbourhood: 1 << 12,
  /** Member of a line. */
  line: 1 << 13,
  nonLinear: 1 << 14,
  /** Flickering between levels (random telegraph). */
  unstable: 1 << 15,
  /** Informs only: cluster kernel pixel, a bad pixel with fewer than 5 good neighbours. */
  clusterKernel: 1 << 16,
  /** Informs only: beyond trustworthy repair. */
  unrepairable: 1 << 17
} as const)

/** Name of one defect class. */
export type DefectClass = keyof typeof DEFECT_FLAGS

/** A pixel is bad, and used for nothing, when any of these bits is set. */
export const BAD_PIXEL_BITS = 0x0000ffff
