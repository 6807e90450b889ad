import { repairF32 } from '../../kernels/frame/repair-f32.js'
import { repairU16FromU16 } from '../../kernels/frame/repair-u16-from-u16.js'
import { openKernels } from '../../kernels/simd/open-kernels.js'
import { StepMemory } from './step-memory.js'
import { integerLimit } from './integer-limit.js'
import { KernelPlan } from './kernel-plan.js'
import { clampedBadPixels, packCompactMaps } from './pack-compact-maps.js'
import { STRIP } from '../../kernels/simd/layouts.js'
import { PORT_BYTES, StripPort } from './strip-port.js'
import type { KernelPixels } from '../../frame/pixel-data.js'
import type { KernelExports } from '../../kernels/simd/kernel-exports.js'
import type { KernelSpace } from '../../kernels/simd/open-kernels.js'
import type { CalibrationSet } from '../../maps/calibration-set.js'
import type { DefectPlan } from '../../maps/defect-plan.js'
import type { CorrectedPixels } from '../corrector.js'
import type { Program } from '../program/compile-program.js'
import type { EngineOptions, FrameEngine, FrameTally } from './frame-engine.js'
import type { CompactMaps } from './pack-compact-maps.js'

/**
 * The SIMD kernels in a memory that holds copies of the maps. A frame goes through in strips that stay in the cache, each repaired as
 * far as its sources are there. Frames from `allocate` are worked on where they are; any other array passes through a strip of scratch.
 */
export class SimdEngine implements FrameEngine {
  readonly kernels = 'simd'
  readonly tally: FrameTally = { saturated: null, clamped: 0 }
  readonly options: EngineOptions
  /** Memory that other threads may work in as well. */
  readonly space: KernelSpace
  readonly #run: KernelExports
  readonly #pedestal: number
  readonly #strips: number
  readonly #at: Places
  readonly #counts: Uint32Array
  readonly #input: StripPort
  readonly #output: StripPort
  readonly #plan: KernelPlan
  /** Steps beside offset and gain. */
  readonly steps: StepMemory
  /** Frames of the caller, [start, end) in bytes; and the buffers that stand for the memory: a new one each time that it has grown. */
  readonly #frames: (readonly [number, number])[] = []
  readonly #buffers = new WeakSet<ArrayBufferLike>()
  #calibration!: CalibrationSet
  #planned!: DefectPlan
  #program!: Program
  #compact: CompactMaps | null = null
  /** Lowest saturated value, as integer and as float32. */
  #integerLimit = 65536
  #singleLimit = Infinity

  /** null where there are no SIMD kernels, or no memory for the maps. */
  static open(options: EngineOptions): SimdEngine | null {
    const space = openKernels()
    const at = space ? reservePlaces(space, options) : null
    return space && at ? new SimdEngine(options, space, at) : null
  }

  private constructor(options: EngineOptions, space: KernelSpace, at: Places) {
    const { count, pedestal } = options
    this.options = options
    this.space = space
    this.#run = space.kernels
    this.#at = at
    this.#pedestal = Math.fround(pedestal)
    this.#strips = Math.ceil(count / STRIP)
    this.#counts = new Uint32Array(space.memory.buffer, at.counts, 2)
    this.#input = new StripPort(space, at.input, count)
    this.#output = new StripPort(space, at.output, count)
    this.#plan = new KernelPlan(space)
    this.steps = new StepMemory(space, count)
  }

  use(calibration: CalibrationSet, plan: DefectPlan, program: Program): boolean {
    const { repair, maps, count } = this.options
    const compact = maps === 'compact' && program.isPlain ? packCompactMaps(calibration, this.#pedestal, repair) : null
    const { offset: offsetAt, gain: gainAt } = this.#at
    const known = new Map([
      [calibration.offset.data, offsetAt],
      [calibration.gain.data, gainAt]
    ])
    if (!this.steps.reserve(program, known)) return false
    if (this.#planned !== plan && !this.#plan.put(plan)) return false
    this.steps.put(program)
    const { buffer } = this.space.memory
    const offset = new Float32Array(buffer, this.#at.offset, count)
    const gain = new Float32Array(buffer, this.#at.gain, count)
    offset.set(calibration.offset.data)
    gain.set(calibration.gain.data)
    // A bad pixel that will be replaced gives the pedestal first, so that what it reads is never counted as clamped.
    if (repair) for (const target of plan.targets) offset[target] = gain[target] = 0
    if (compact) {
      new Uint16Array(buffer, this.#at.compactOffset, count).set(compact.offset)
      new Uint16Array(buffer, this.#at.compactGain, count).set(compact.gain)
    }
    this.#compact = compact
    this.#calibration = calibration
    this.#planned = plan
    this.#program = program
    this.#integerLimit = integerLimit(calibration.saturation)
    this.#singleLimit = singleFrom(calibration.saturation ?? Infinity)
    return true
  }

  correctToFloat(raw: KernelPixels, out: Float32Array): void {
    const { count, repair } = this.options
    const { saturation } = this.#calibration
    const isInteger = raw instanceof Uint16Array
    const limit = isInteger ? this.#integerLimit : this.#singleLimit
    const input = this.#input
    const output = this.#output
    const run = this.#run
    const plan = this.#plan
    input.open(raw, this.placeOf(raw))
    output.open(out, this.placeOf(out))
    const isFused = repair && !output.isForeign
    let offset = this.#at.offset
    let gain = this.#at.gain
    const { isPlain, isFused: isHeadFused } = this.#program
    const { at: program, count: steps } = this.steps
    if (!isPlain) this.steps.write()
    let saturated = 0
    for (let strip = 0, rest = count; strip < this.#strips; strip++, rest -= STRIP, offset += 4 * STRIP, gain += 4 * STRIP) {
      const length = rest < STRIP ? rest : STRIP
      const from = input.place(strip)
      input.read(strip)
      if (!isPlain) {
        const runSteps = isInteger ? run.runStepsU16 : run.runStepsF32
        const fused = isHeadFused ? 1 : 0
        saturated += runSteps(from, offset, gain, output.place(strip), length, strip * STRIP, limit, fused, program, steps)
      } else
        saturated += isInteger
          ? run.correctU16ToF32(from, offset, gain, output.place(strip), length, limit)
          : run.correctF32ToF32(from, offset, gain, output.place(strip), length, limit)
      if (saturation !== null) saturated -= plan.countSaturated(strip, from, isInteger, limit)
      if (isFused) plan.repairF32(strip, output.start)
      output.write(strip)
    }
    this.tally.saturated = saturation === null ? null : saturated
    this.tally.clamped = 0
    if (repair && !isFused) {
      const { targets, starts, sources, weights } = this.#planned
      repairF32(out, targets, starts, sources, weights)
    }
  }

  correctToInteger(raw: Uint16Array, out: Uint16Array): void {
    const { count, repair } = this.options
    const { offset: offsetMap, gain: gainMap, saturation } = this.#calibration
    const limit = this.#integerLimit
    const input = this.#input
    const output = this.#output
    const at = this.#at
    const plan = this.#plan
    input.open(raw, this.placeOf(raw))
    output.open(out, this.placeOf(out))
    const isFused = repair && !input.isForeign && !output.isForeign
    this.#counts.fill(0)
    let badSaturated = 0
    let clamped = 0
    for (let strip = 0, rest = count; strip < this.#strips; strip++, rest -= STRIP) {
      const from = input.place(strip)
      input.read(strip)
      this.#correctStrip(from, output.place(strip), strip * STRIP, rest < STRIP ? rest : STRIP, limit)
      if (saturation !== null) badSaturated += plan.countSaturated(strip, from, true, limit)
      if (isFused) clamped += plan.repairU16(strip, input.start, at.offset, at.gain, output.start, this.#pedestal)
      output.write(strip)
    }
    this.tally.saturated = saturation === null ? null : this.#counts[0] - badSaturated
    this.tally.clamped = this.#counts[1] + clamped
    this.tally.clamped -= this.clampedTargets
    if (!repair || isFused) return
    const { targets, starts, sources, weights } = this.#planned
    this.tally.clamped += repairU16FromU16(raw, offsetMap.data, gainMap.data, out, targets, starts, sources, weights, this.#pedestal)
  }

  #correctStrip(from: number, to: number, first: number, length: number, limit: number): void {
    const { offset, gain, compactOffset, compactGain, counts } = this.#at
    if (this.#compact === null) {
      this.#run.correctU16ToU16(from, offset + 4 * first, gain + 4 * first, to, length, limit, this.#pedestal, counts)
      return
    }
    const { base } = this.#compact
    this.#run.correctCompact(from, compactOffset + 2 * first, compactGain + 2 * first, to, length, base, limit, counts)
  }

  quantise(values: Float32Array, out: Uint16Array): void {
    const { count } = this.options
    const input = this.#input
    const output = this.#output
    input.open(values, this.placeOf(values))
    output.open(out, this.placeOf(out))
    let clamped = 0
    for (let strip = 0; strip < this.#strips; strip++) {
      input.read(strip)
      const length = Math.min(STRIP, count - strip * STRIP)
      clamped += this.#run.quantiseF32ToU16(input.place(strip), output.place(strip), length, this.#pedestal)
      output.write(strip)
    }
    this.tally.clamped = clamped
  }

  /** Where the maps of the calibration in use lie, and its numbers. */
  get placedMaps(): PlacedMaps {
    const { offset, gain, compactOffset, compactGain } = this.#at
    const { base } = this.#compact ?? { base: 0 }
    return { offset, gain, compactOffset, compactGain, base, saturation: this.#integerLimit }
  }

  /** Of the values that the loops counted as clamped, the bad pixels that were to be replaced. */
  get clampedTargets(): number {
    return this.#compact && this.options.repair ? clampedBadPixels(this.#compact, this.#planned.targets.length) : 0
  }

  allocate(type: 'uint16' | 'float32', side: 'input' | 'output'): CorrectedPixels {
    const { count } = this.options
    const bytes = count * (type === 'uint16' ? 2 : 4)
    const start = reserveAt(this.space, bytes, PLACES_IN_PAGE[side])
    if (start === null) return type === 'uint16' ? new Uint16Array(count) : new Float32Array(count)
    const { buffer } = this.space.memory
    this.#buffers.add(buffer)
    this.#frames.push([start, start + bytes])
    return type === 'uint16' ? new Uint16Array(buffer, start, count) : new Float32Array(buffer, start, count)
  }

  isInternal(pixels: ArrayBufferView): boolean {
    if (!this.#buffers.has(pixels.buffer)) return false
    const end = pixels.byteOffset + pixels.byteLength
    for (let k = 0; k < this.#frames.length; k++) {
      if (pixels.byteOffset >= this.#frames[k][0] && end <= this.#frames[k][1]) return false
    }
    return true
  }

  /** Byte offset of an array in the memory; -1: it lies elsewhere. */
  placeOf(pixels: ArrayBufferView): number {
    return this.#buffers.has(pixels.buffer) ? pixels.byteOffset : -1
  }
}

/** Byte offsets of the maps, and the numbers of compact ones (0 where there are none) and of saturation (65536: none). */
export interface PlacedMaps extends Omit<CompactMaps, 'offset' | 'gain'> {
  readonly offset: number
  readonly gain: number
  readonly compactOffset: number
  readonly compactGain: number
  readonly saturation: number
}

/** Byte offsets of what an engine keeps in the memory; those of compact maps are 0 where there are none. */
type Places = Readonly<Record<'counts' | 'input' | 'output' | 'offset' | 'gain' | 'compactOffset' | 'compactGain', number>>

/**
 * Where in a page of 4096 bytes the arrays of a frame begin. Those of a power of two of pixels would all begin at the same place: their
 * values of one pixel would then share cache sets, and loads would wait for stores to the same place in another page. A tenth of the time
 * of a frame of 1024 x 1024.
 */
const PLACES_IN_PAGE = { counts: 0, offset: 0, gain: 1344, compactOffset: 0, compactGain: 1344, input: 2688, output: 3392 } as const
const PAGE = 4096

function reserveAt(space: KernelSpace, bytes: number, placeInPage: number): number | null {
  const start = space.reserve(bytes + PAGE)
  return start === null ? null : start + ((placeInPage - start) & (PAGE - 1))
}

function reservePlaces(space: KernelSpace, { count, maps }: EngineOptions): Places | null {
  const compact = maps === 'compact' ? 2 * count : 0
  const scratch = { counts: 8, input: PORT_BYTES, output: PORT_BYTES }
  const sizes = { ...scratch, offset: 4 * count, gain: 4 * count, compactOffset: compact, compactGain: compact }
  const places: Partial<Record<keyof Places, number>> = {}
  for (const name of Object.keys(sizes) as (keyof Places)[]) {
    const start = reserveAt(space, sizes[name], PLACES_IN_PAGE[name])
    if (start === null) return null
    places[name] = start
  }
  return places as Places
}

/** The lowest float32 that is not below `value`. */
function singleFrom(value: number): number {
  const single = new Float32Array([value])
  // the next float32 upwards: away from 0 above it, towards 0 below
  if (single[0] < value) new Uint32Array(single.buffer)[0] += value > 0 ? 1 : -1
  return single[0]
}
