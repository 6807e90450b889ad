// AssemblyScript. A whole frame as a job that any number of threads work on: what they need stands in the shared memory.

import {
  correctCompact, correctF32ToF32, correctU16ToF32, correctU16ToU16, countSaturatedU16, loadF32ToF32, loadU16ToF32, quantiseF32ToU16, repairF32,
  repairFromU16
} from './correction.as'
import {
  BLOCK, COMPACT, FINISH_FLOAT, FINISH_INTEGER, JOB_BASE, JOB_BEFORE, JOB_COMPACT_GAIN, JOB_COMPACT_OFFSET, JOB_COUNT, JOB_FUSED, JOB_GAIN, JOB_GROUPS,
  JOB_KIND, JOB_NEXT, JOB_OFFSET, JOB_OUT, JOB_PEDESTAL, JOB_PROGRAM, JOB_RAW, JOB_REPAIR, JOB_SATURATION, JOB_STEPS, JOB_STRIPS, JOB_TARGETS,
  JOB_WORK, RUN_STEPS, STEP_BYTES, STEP_KERNEL, STRIP, TO_FLOAT
} from './layouts.as'
import { runKernel } from './step-table.as'

/**
 * Take strips of the frame until there is none left: correct it, count its saturated values less those of bad pixels, replace its bad
 * pixels from the raw values of their sources. Raw is only read, so any strip may come first, on any thread. The counts of this thread
 * go to `tally`: saturated good pixels, clamped pixels.
 */
export function runJob(job: usize, tally: usize): void {
  const strips = load<i32>(job, JOB_STRIPS)
  store<i64>(tally, 0)
  for (;;) {
    const strip = atomic.add<i32>(job, 1, JOB_NEXT)
    // unsigned: a job that is called off stays so, however often it is asked
    if (<u32>strip >= <u32>strips) return
    if (load<i32>(job, JOB_KIND) < FINISH_FLOAT) correctStrip(job, strip, tally)
    else finishStrip(job, strip, tally)
  }
}

/**
 * Load `count` raw values, the first of which is pixel `first`, and run the steps of a program on them in place, block by block, so that a
 * step finds in the nearest cache what the one before has left. Where `fused` is not 0, offset and gain come with the loading. Returns
 * the saturated raw values.
 */
export function runStepsU16(
  raw: usize, offset: usize, gain: usize, values: usize, count: i32, first: i32, saturation: i32, fused: i32, program: usize, steps: i32
): i32 {
  let saturated = 0
  for (let done = 0; done < count; done += BLOCK) {
    const length = min(BLOCK, count - done)
    const singles = <usize>done << 2
    const from = raw + (<usize>done << 1)
    saturated += fused
      ? correctU16ToF32(from, offset + singles, gain + singles, values + singles, length, saturation)
      : loadU16ToF32(from, values + singles, length, saturation)
    runKernels(values + singles, length, first + done, program, steps)
  }
  return saturated
}

export function runStepsF32(
  raw: usize, offset: usize, gain: usize, values: usize, count: i32, first: i32, saturation: f32, fused: i32, program: usize, steps: i32
): i32 {
  let saturated = 0
  for (let done = 0; done < count; done += BLOCK) {
    const length = min(BLOCK, count - done)
    const singles = <usize>done << 2
    saturated += fused
      ? correctF32ToF32(raw + singles, offset + singles, gain + singles, values + singles, length, saturation)
      : loadF32ToF32(raw + singles, values + singles, length, saturation)
    runKernels(values + singles, length, first + done, program, steps)
  }
  return saturated
}

function runKernels(values: usize, count: i32, first: i32, program: usize, steps: i32): void {
  const end = program + <usize>steps * STEP_BYTES
  for (let step = program; step < end; step += STEP_BYTES) runKernel(load<i32>(step, STEP_KERNEL), values, count, first, step)
}

/** What comes when the whole frame has gone through its steps: repairs from any of its pixels, then its type. */
function finishStrip(job: usize, strip: i32, tally: usize): void {
  const work: usize = load<u32>(job, JOB_WORK)
  if (load<i32>(job, JOB_REPAIR)) {
    const groups = <usize>load<u32>(job, JOB_GROUPS) + (<usize>strip << 2)
    repairF32(work, load<u32>(groups), load<u32>(groups, 4))
  }
  if (load<i32>(job, JOB_KIND) != FINISH_INTEGER) return
  const first = strip * STRIP
  const count = min<i32>(load<i32>(job, JOB_COUNT) - first, STRIP)
  const out: usize = load<u32>(job, JOB_OUT)
  const clamped = quantiseF32ToU16(work + (<usize>first << 2), out + (<usize>first << 1), count, load<f32>(job, JOB_PEDESTAL))
  store<i32>(tally, load<i32>(tally, 4) + clamped, 4)
}

function correctStrip(job: usize, strip: i32, tally: usize): void {
  const kind = load<i32>(job, JOB_KIND)
  const raw: usize = load<u32>(job, JOB_RAW)
  const out: usize = load<u32>(job, JOB_OUT)
  const offset: usize = load<u32>(job, JOB_OFFSET)
  const gain: usize = load<u32>(job, JOB_GAIN)
  const saturation = load<i32>(job, JOB_SATURATION)
  const pedestal = load<f32>(job, JOB_PEDESTAL)
  const first = strip * STRIP
  const count = min<i32>(load<i32>(job, JOB_COUNT) - first, STRIP)
  const words = <usize>first << 1
  const singles = <usize>first << 2
  let saturated = 0
  if (kind == TO_FLOAT) {
    saturated = correctU16ToF32(raw + words, offset + singles, gain + singles, out + singles, count, saturation)
  } else if (kind == RUN_STEPS) {
    saturated = runStepsU16(
      raw + words, offset + singles, gain + singles, <usize>load<u32>(job, JOB_WORK) + singles, count, first, saturation,
      load<i32>(job, JOB_FUSED), load<u32>(job, JOB_PROGRAM), load<i32>(job, JOB_STEPS)
    )
  } else if (kind == COMPACT) {
    correctCompact(
      raw + words, <usize>load<u32>(job, JOB_COMPACT_OFFSET) + words, <usize>load<u32>(job, JOB_COMPACT_GAIN) + words, out + words, count,
      load<i32>(job, JOB_BASE), saturation, tally
    )
  } else {
    correctU16ToU16(raw + words, offset + singles, gain + singles, out + words, count, saturation, pedestal, tally)
  }
  const before = <usize>load<u32>(job, JOB_BEFORE) + (<usize>strip << 2)
  saturated -= countSaturatedU16(raw, load<u32>(job, JOB_TARGETS), load<i32>(before), load<i32>(before, 4), saturation)
  store<i32>(tally, load<i32>(tally) + saturated)
  if (kind == RUN_STEPS || load<i32>(job, JOB_REPAIR) == 0) return
  const groups = <usize>load<u32>(job, JOB_GROUPS) + (<usize>strip << 2)
  const clamped = repairFromU16(raw, offset, gain, out, load<u32>(groups), load<u32>(groups, 4), kind, pedestal)
  store<i32>(tally, load<i32>(tally, 4) + clamped, 4)
}
