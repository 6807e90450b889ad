import { countClampedU16 } from '../../kernels/frame/count-clamped-u16.js'
import { countSaturatedF32 } from '../../kernels/frame/count-saturated-f32.js'
import { countSaturatedU16 } from '../../kernels/frame/count-saturated-u16.js'
import { correctCompact } from '../../kernels/frame/correct-compact.js'
import { correctF32ToF32 } from '../../kernels/frame/correct-f32-to-f32.js'
import { correctU16ToF32 } from '../../kernels/frame/correct-u16-to-f32.js'
import { correctU16ToU16 } from '../../kernels/frame/correct-u16-to-u16.js'
import { quantiseF32ToU16 } from '../../kernels/frame/quantise-f32-to-u16.js'
import { repairF32 } from '../../kernels/frame/repair-f32.js'
import { repairU16FromU16 } from '../../kernels/frame/repair-u16-from-u16.js'
import { integerLimit } from './integer-limit.js'
import { loadValues } from '../program/compile-program.js'
import { clampedBadPixels, packCompactMaps } from './pack-compact-maps.js'
import type { KernelPixels } from '../../frame/pixel-data.js'
import type { CalibrationSet } from '../../maps/calibration-set.js'
import type { DefectPlan } from '../../maps/defect-plan.js'
import { STRIP } from '../../kernels/simd/layouts.js'
import type { CorrectedPixels } from '../corrector.js'
import type { Program } from '../program/compile-program.js'
import type { EngineOptions, FrameEngine, FrameTally } from './frame-engine.js'
import type { CompactMaps } from './pack-compact-maps.js'

/** The TypeScript kernels: the specification that the SIMD kernels match bit for bit, and what serves where those cannot be had. */
export class TypescriptEngine implements FrameEngine {
  readonly kernels = 'typescript'
  readonly tally: FrameTally = { saturated: null, clamped: 0 }
  readonly options: EngineOptions
  readonly #counts = new Float64Array(2)
  readonly #pedestal: number
  #calibration!: CalibrationSet
  #plan!: DefectPlan
  #program!: Program
  #compact: CompactMaps | null = null

  constructor(options: EngineOptions) {
    this.options = options
    this.#pedestal = Math.fround(options.pedestal)
  }

  use(calibration: CalibrationSet, plan: DefectPlan, program: Program): boolean {
    const { maps, repair } = this.options
    this.#compact = maps === 'compact' && program.isPlain ? packCompactMaps(calibration, this.#pedestal, repair) : null
    this.#calibration = calibration
    this.#plan = plan
    this.#program = program
    return true
  }

  correctToFloat(raw: KernelPixels, out: Float32Array): void {
    const { saturation } = this.#calibration
    const { targets, starts, sources, weights } = this.#plan
    const limit = raw instanceof Uint16Array ? integerLimit(saturation) : (saturation ?? Infinity)
    let saturated = raw instanceof Uint16Array ? -countSaturatedU16(raw, targets, limit) : -countSaturatedF32(raw, targets, limit)
    // a plain program has nothing to come back to while a strip is in the cache
    const strip = this.#program.isPlain ? out.length : STRIP
    for (let start = 0; start < out.length; start += strip) {
      saturated += this.#runStrip(raw, out, start, Math.min(out.length, start + strip), limit)
    }
    this.tally.saturated = saturation === null ? null : saturated
    this.tally.clamped = 0
    if (this.options.repair) repairF32(out, targets, starts, sources, weights)
  }

  /** Returns the saturated raw values. */
  #runStrip(raw: KernelPixels, out: Float32Array, start: number, end: number, limit: number): number {
    const { offset, gain } = this.#calibration
    const { isFused, rest } = this.#program
    let saturated: number
    if (!isFused) saturated = loadValues(raw, out, start, end - start, start, limit)
    else if (raw instanceof Uint16Array) saturated = correctU16ToF32(raw, offset.data, gain.data, out, start, end, limit)
    else saturated = correctF32ToF32(raw, offset.data, gain.data, out, start, end, limit)
    for (const { kernel, operand } of rest) kernel(out, start, end - start, start, operand)
    return saturated
  }

  correctToInteger(raw: Uint16Array, out: Uint16Array): void {
    const { offset, gain, saturation } = this.#calibration
    const { targets, starts, sources, weights } = this.#plan
    const limit = integerLimit(saturation)
    const counts = this.#counts.fill(0)
    if (this.#compact) {
      const { base } = this.#compact
      correctCompact(raw, this.#compact.offset, this.#compact.gain, out, 0, out.length, base, limit, counts)
    } else correctU16ToU16(raw, offset.data, gain.data, out, 0, out.length, limit, this.#pedestal, counts)
    this.tally.saturated = saturation === null ? null : counts[0] - countSaturatedU16(raw, targets, limit)
    this.tally.clamped = counts[1]
    if (!this.options.repair) return
    this.tally.clamped -= this.#compact
      ? clampedBadPixels(this.#compact, targets.length)
      : countClampedU16(raw, offset.data, gain.data, targets, this.#pedestal)
    this.tally.clamped += repairU16FromU16(raw, offset.data, gain.data, out, targets, starts, sources, weights, this.#pedestal)
  }

  quantise(values: Float32Array, out: Uint16Array): void {
    this.tally.clamped = quantiseF32ToU16(values, out, 0, out.length, this.#pedestal)
  }

  allocate(type: 'uint16' | 'float32'): CorrectedPixels {
    return type === 'uint16' ? new Uint16Array(this.options.count) : new Float32Array(this.options.count)
  }

  isInternal(): boolean {
    return false
  }
}
