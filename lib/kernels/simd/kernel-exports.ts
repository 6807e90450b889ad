/** A byte offset into the memory. */
type Pointer = number

/** The kernels in WebAssembly; what each does stands in the .as.ts file that holds it. */
export interface KernelExports {
  correctU16ToF32(raw: Pointer, offset: Pointer, gain: Pointer, out: Pointer, count: number, saturation: number): number
  correctF32ToF32(raw: Pointer, offset: Pointer, gain: Pointer, out: Pointer, count: number, saturation: number): number
  correctU16ToU16(
    raw: Pointer,
    offset: Pointer,
    gain: Pointer,
    out: Pointer,
    count: number,
    saturation: number,
    pedestal: number,
    tally: Pointer
  ): void
  correctCompact(
    raw: Pointer,
    offset: Pointer,
    gain: Pointer,
    out: Pointer,
    count: number,
    base: number,
    saturation: number,
    tally: Pointer
  ): void
  quantiseF32ToU16(values: Pointer, out: Pointer, count: number, pedestal: number): number
  countSaturatedU16(raw: Pointer, targets: Pointer, from: number, to: number, saturation: number): number
  countSaturatedF32(raw: Pointer, targets: Pointer, from: number, to: number, saturation: number): number
  repairF32(frame: Pointer, group: Pointer, end: Pointer): void
  repairFromU16(
    raw: Pointer,
    offset: Pointer,
    gain: Pointer,
    out: Pointer,
    group: Pointer,
    end: Pointer,
    isInteger: number,
    pedestal: number
  ): number
  runStepsU16: RunSteps
  runStepsF32: RunSteps
  runJob(job: Pointer, tally: Pointer): void
  slidingMedian(
    values: Pointer,
    excluded: Pointer,
    rows: number,
    cols: number,
    fromRow: number,
    toRow: number,
    rowRadius: number,
    colRadius: number,
    out: Pointer,
    scratch: Pointer
  ): void
  gatherBetween(
    values: Pointer,
    excluded: Pointer,
    count: number,
    low: number,
    high: number,
    deviate: number,
    center: number,
    out: Pointer,
    tally: Pointer
  ): number
  rowMedians(
    values: Pointer,
    excluded: Pointer,
    rows: number,
    cols: number,
    stride: number,
    least: number,
    otherwise: number,
    out: Pointer,
    scratch: Pointer
  ): void
  meanVarianceU16(raw: Pointer, stride: number, frames: number, count: number, mean: Pointer, variance: Pointer, scratch: Pointer): void
  medianU16(
    raw: Pointer,
    stride: number,
    frames: number,
    count: number,
    network: Pointer,
    comparators: number,
    out: Pointer,
    scratch: Pointer
  ): void
  measureBlockU16(data: Pointer, count: number, pivot: number, near: number, top: number, out: Pointer): void
  countBelowU16(data: Pointer, map: Pointer, count: number): number
  combineU16(
    raw: Pointer,
    stride: number,
    frames: number,
    count: number,
    base: Pointer,
    scales: Pointer,
    shifts: Pointer,
    top: number,
    mode: number,
    network: Pointer,
    comparators: number,
    medianFactor: number,
    kappa: number,
    floor: number,
    passes: number,
    clipCorrection: number,
    thirdFloor: number,
    out: Pointer,
    outStride: number,
    rejected: Pointer,
    scratch: Pointer
  ): number
  addColumns(values: Pointer, excluded: Pointer, rows: number, cols: number, sums: Pointer, counts: Pointer): void
  boundMedians(
    values: Pointer,
    excluded: Pointer,
    rows: number,
    cols: number,
    stride: number,
    shortest: number,
    out: Pointer,
    scratch: Pointer
  ): void
}

/** The interpreter of a program, for a strip. */
type RunSteps = (
  raw: Pointer,
  offset: Pointer,
  gain: Pointer,
  values: Pointer,
  count: number,
  first: number,
  saturation: number,
  fused: number,
  program: Pointer,
  steps: number
) => number
