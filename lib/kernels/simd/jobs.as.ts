// AssemblyScript. A whole frame as a job that any number of threads work on: what they need stands in the shared memory.

import { correctCompact, correctU16ToF32, correctU16ToU16, countSaturatedU16, repairFromU16 } from './correction.as'

// Fields of a job, 32 bits each, in the order of JOB_FIELDS in lib/workers/write-job.ts.
const NEXT: usize = 0
const STRIPS: usize = 4
const KIND: usize = 8
const RAW: usize = 12
const OUT: usize = 16
const COUNT: usize = 20
const SATURATION: usize = 24
const PEDESTAL: usize = 28
const OFFSET: usize = 32
const GAIN: usize = 36
const COMPACT_OFFSET: usize = 40
const COMPACT_GAIN: usize = 44
const BASE: usize = 48
const REPAIR: usize = 52
const TARGETS: usize = 56
/** Targets before each strip, one more than strips. */
const BEFORE: usize = 60
/** Where the groups of repairs of each strip begin, one more than strips. */
const GROUPS: usize = 64

const TO_FLOAT: i32 = 0
const COMPACT: i32 = 2

const STRIP: i32 = 32768

/**
 * Take strips of the frame until there is none left: correct it, count its saturated values less those of bad pixels, replace its bad
 * pixels from the raw values of their sources. Raw is only read, so any strip may come first, on any thread. The counts of this thread
 * go to `tally`: saturated good pixels, clamped pixels.
 */
export function runJob(job: usize, tally: usize): void {
  const strips = load<i32>(job, STRIPS)
  store<i64>(tally, 0)
  for (;;) {
    const strip = atomic.add<i32>(job, 1, NEXT)
    // unsigned: a job that is called off stays so, however often it is asked
    if (<u32>strip >= <u32>strips) return
    correctStrip(job, strip, tally)
  }
}

function correctStrip(job: usize, strip: i32, tally: usize): void {
  const kind = load<i32>(job, KIND)
  const raw: usize = load<u32>(job, RAW)
  const out: usize = load<u32>(job, OUT)
  const offset: usize = load<u32>(job, OFFSET)
  const gain: usize = load<u32>(job, GAIN)
  const saturation = load<i32>(job, SATURATION)
  const pedestal = load<f32>(job, PEDESTAL)
  const first = strip * STRIP
  const count = min<i32>(load<i32>(job, COUNT) - first, STRIP)
  const words = <usize>first << 1
  const singles = <usize>first << 2
  let saturated = 0
  if (kind == TO_FLOAT) {
    saturated = correctU16ToF32(raw + words, offset + singles, gain + singles, out + singles, count, saturation)
  } else if (kind == COMPACT) {
    correctCompact(
      raw + words, <usize>load<u32>(job, COMPACT_OFFSET) + words, <usize>load<u32>(job, COMPACT_GAIN) + words, out + words, count,
      load<i32>(job, BASE), saturation, tally
    )
  } else {
    correctU16ToU16(raw + words, offset + singles, gain + singles, out + words, count, saturation, pedestal, tally)
  }
  const before = <usize>load<u32>(job, BEFORE) + (<usize>strip << 2)
  saturated -= countSaturatedU16(raw, load<u32>(job, TARGETS), load<i32>(before), load<i32>(before, 4), saturation)
  store<i32>(tally, load<i32>(tally) + saturated)
  if (load<i32>(job, REPAIR) == 0) return
  const groups = <usize>load<u32>(job, GROUPS) + (<usize>strip << 2)
  const clamped = repairFromU16(raw, offset, gain, out, load<u32>(groups), load<u32>(groups, 4), kind, pedestal)
  store<i32>(tally, load<i32>(tally, 4) + clamped, 4)
}
