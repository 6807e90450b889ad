/**
 * How what is shared with the kernels in WebAssembly lies in memory. `npm run build:simd` writes the same for AssemblyScript, into
 * layouts.as.ts: each field is 32 bits wide, in the order of its list.
 */

/** Pixels of a strip: with maps and both frames about half a megabyte, which stays in the cache of a core. */
export const STRIP = 32_768

/** Pixels that go through all steps before the next ones come: 16 KB, which stay in the nearest cache. */
export const BLOCK = 4096

/** A frame that threads share out by strips. */
export const JOB_FIELDS = [
  /** Next strip to be taken. */
  'next',
  'strips',
  /** What is done with a strip: one of {@link JOB_KINDS}. */
  'kind',
  'raw',
  'out',
  'count',
  'saturation',
  /** DN, float32. */
  'pedestal',
  'offset',
  'gain',
  'compactOffset',
  'compactGain',
  'base',
  'repair',
  /** Bad pixels, and how many come before each strip: one more than strips. */
  'targets',
  'before',
  /** Where the groups of repairs of each strip begin, one more than strips. */
  'groups',
  /** The steps of a program, one after the other, and how many. */
  'program',
  'steps',
  /** 1: offset and gain come first, and are done with what is loaded. */
  'fused',
  /** Float32 frame that the steps work in; the corrected one where that is float32. */
  'work'
] as const

/** Kinds of jobs. `runSteps` fills `work`; `finishFloat` and `finishInteger` repair it, and quantise it into `out`, when it is complete. */
export const JOB_KINDS = ['toFloat', 'toInteger', 'compact', 'runSteps', 'finishFloat', 'finishInteger'] as const

/** A step of a program: the kernel as its place in STEP_KERNELS, and what it works with. */
export const STEP_FIELDS = ['kernel', 'map', 'state', 'rows', 'scalar', 'cols'] as const

/** A group of repairs: bytes of its sources and of its targets, and the sum of the weights (64 bits). */
export const GROUP_HEAD_BYTES = 16
/** A source of a group: its weight (64 bits), and its place less that of the target. */
export const GROUP_SOURCE_BYTES = 12
/** A target of a group: its place. */
export const GROUP_TARGET_BYTES = 4

/** Bytes of a job, to the next multiple of 64. */
export const JOB_BYTES = 64 * Math.ceil((4 * JOB_FIELDS.length) / 64)
/** Bytes of a step. */
export const STEP_BYTES = 4 * STEP_FIELDS.length
