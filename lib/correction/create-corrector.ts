import zeros from 'zeros'
import { OptionError } from '../errors.js'
import { isNdarray } from '../frame/is-ndarray.js'
import { toKernelPixels } from '../frame/to-kernel-pixels.js'
import { countSaturatedF32 } from '../kernels/count-saturated-f32.js'
import { countSaturatedU16 } from '../kernels/count-saturated-u16.js'
import { hasNonFinite } from '../kernels/has-non-finite.js'
import { BAD_PIXEL_BITS, DEFECT_FLAGS } from '../maps/defect-flags.js'
import { planDefects } from '../maps/plan-defects.js'
import { assertCalibration } from './assert-calibration.js'
import { assertSameMode, assertUncorrected } from './assert-same-mode.js'
import { typescriptKernels } from './correction-kernels.js'
import { repairNonFinite } from './repair-non-finite.js'
import { infoOf, resolveInput } from './resolve-input.js'
import { assertApart, resolveOutput } from './resolve-output.js'
import type { KernelPixels, PixelData } from '../frame/pixel-data.js'
import type { Shape } from '../frame/shape.js'
import type { CalibrationSet } from '../maps/calibration-set.js'
import type { DefectPlan } from '../maps/defect-plan.js'
import type { DefectMap } from '../maps/maps.js'
import type { PixelRepairs } from '../maps/pixel-repairs.js'
import type { CorrectionKernels } from './correction-kernels.js'
import type {
  CorrectedPixels,
  CorrectionFacts,
  CorrectionStep,
  Corrector,
  CorrectOptions,
  CorrectorOptions,
  FrameInput,
  FrameOutput
} from './corrector.js'

/**
 * Make a corrector for the frames of one panel: validates the maps and plans the repair once, then corrects frame after
 * frame as (raw - offset) * gain with bad pixels replaced. One per stream of frames.
 * Each value has the bits of fround(fround(raw - offset) * gain); negative values are kept; saturation is judged on raw.
 * @param calibration maps of one panel in one mode; used in place, not copied: do not write to them
 * @throws {CalibrationError} ERR_CALIBRATION when a map is not finite everywhere, or no pixel is good
 * @throws {ShapeError} ERR_SHAPE when the maps differ in shape
 * @throws {ModeError} ERR_MODE when `mode` contradicts the calibration
 * @throws {OptionError} ERR_OPTION
 * @see J. A. Seibert, J. M. Boone, K. K. Lindfors, Proc. SPIE 3336, 1998 (flat-field correction); ASTM E2597 (bad pixels)
 */
export function createCorrector(
  calibration: CalibrationSet,
  options?: CorrectorOptions & { output?: 'float32' }
): Corrector<Float32Array>
export function createCorrector(calibration: CalibrationSet, options: CorrectorOptions & { output: 'uint16' }): Corrector<Uint16Array>
export function createCorrector(calibration: CalibrationSet, options?: CorrectorOptions): Corrector
export function createCorrector(calibration: CalibrationSet, options: CorrectorOptions = {}): Corrector {
  return new FrameCorrector(calibration, options)
}

class FrameCorrector implements Corrector {
  readonly shape: Shape
  readonly last: CorrectionFacts
  generation = 0
  plan!: DefectPlan
  repairs: PixelRepairs = NO_REPAIRS

  readonly #output: 'float32' | 'uint16'
  readonly #pedestal: number
  readonly #repair: boolean
  readonly #options: CorrectorOptions
  readonly #kernels: CorrectionKernels = typescriptKernels
  readonly #tally = new Float64Array(2)
  #calibration!: CalibrationSet
  /** Repairs of a frame that is finite everywhere. */
  #planned: PixelRepairs = NO_REPAIRS
  /** Scratch, made when a frame first needs it: values as float32, a strided view in order, the float frame to be quantised. */
  #converted: Float32Array | undefined
  #ordered: PixelData | undefined
  #unquantised: Float32Array | undefined

  constructor(calibration: CalibrationSet, options: CorrectorOptions) {
    const { output = 'float32', pedestal = 0, repair = true } = options
    assertOptions(output, pedestal)
    this.#output = output
    this.#pedestal = Math.fround(pedestal)
    this.#repair = repair
    this.#options = options
    this.shape = Object.freeze([calibration.offset.shape[0], calibration.offset.shape[1]] as const)
    this.setCalibration(calibration)
    this.last = {
      generation: 0,
      steps: stepsOf(output, repair),
      saturated: null,
      clamped: 0,
      nonFinite: 0,
      repaired: 0,
      unrepaired: 0
    }
  }

  setCalibration(next: CalibrationSet): void {
    const { mode, allowModeMismatch = false } = this.#options
    assertCalibration(next, this.shape)
    if (mode && !allowModeMismatch) assertSameMode('option "mode"', { mode }, next)
    if (this.generation === 0 || !sameBadPixels(next.defects, this.#calibration.defects)) {
      this.plan = planDefects(next.defects)
      if (this.#repair) this.#planned = repairsOf(this.plan)
    }
    this.#calibration = next
    this.generation++
  }

  // Its overloads stand in the interface; one signature cannot say that the form of the result follows that of `raw`.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  correct(raw: FrameInput, options: CorrectOptions<FrameOutput> = {}): any {
    const info = infoOf(raw)
    const subject = info.name === undefined ? 'raw frame' : `raw frame ${info.name}`
    const given = resolveInput(subject, raw, this.shape, this.#ordered)
    if (isNdarray(raw) && given.buffer !== raw.data.buffer) this.#ordered = given
    if (!(this.#options.allowCorrected ?? false)) assertUncorrected(subject, info)
    if (!(this.#options.allowModeMismatch ?? false)) assertSameMode(subject, info, this.#calibration)
    const out = options.out === undefined ? this.#make(raw) : options.out
    const pixels = resolveOutput(out, this.#output, this.shape)
    if (options.out !== undefined) this.#assertApart(pixels, isNdarray(raw) ? raw.data : given)
    const kernelPixels = toKernelPixels(subject, given, this.#converted)
    if (kernelPixels !== given) this.#converted = kernelPixels as Float32Array
    this.#run(kernelPixels, pixels)
    return out
  }

  /** A new frame in the form of the raw one. */
  #make(raw: FrameInput): FrameOutput {
    const { shape } = this
    if (isNdarray(raw)) return zeros([shape[0], shape[1]], this.#output)
    const count = shape[0] * shape[1]
    const data = this.#output === 'float32' ? new Float32Array(count) : new Uint16Array(count)
    return ArrayBuffer.isView(raw) ? data : { data, shape }
  }

  #assertApart(out: CorrectedPixels, raw: ArrayBufferView): void {
    const { offset, gain, defects } = this.#calibration
    assertApart(out, raw, 'raw frame')
    assertApart(out, offset.data, 'offset map')
    assertApart(out, gain.data, 'gain map')
    assertApart(out, defects.data, 'defect map')
  }

  #run(raw: KernelPixels, out: CorrectedPixels): void {
    const last = this.last
    last.generation = this.generation
    last.clamped = 0
    last.nonFinite = 0
    this.repairs = this.#planned
    last.repaired = this.#repair ? this.plan.counts.repaired : 0
    last.unrepaired = this.#repair ? this.plan.counts.unrepairable : this.plan.counts.bad
    if (out instanceof Float32Array) this.#correctToFloat(raw, out)
    else if (raw instanceof Uint16Array) this.#correctToInteger(raw, out)
    else {
      const values = (this.#unquantised ??= new Float32Array(out.length))
      this.#correctToFloat(raw, values)
      last.clamped = this.#kernels.quantiseF32ToU16(values, out, 0, out.length, this.#pedestal)
    }
  }

  #correctToFloat(raw: KernelPixels, out: Float32Array): void {
    const { offset, gain, saturation } = this.#calibration
    const { targets, starts, sources, weights } = this.plan
    if (raw instanceof Uint16Array) {
      const limit = integerLimit(saturation)
      const saturated = this.#kernels.correctU16ToF32(raw, offset.data, gain.data, out, 0, out.length, limit)
      this.last.saturated = saturation === null ? null : saturated - countSaturatedU16(raw, targets, limit)
      if (this.#repair) this.#kernels.repairF32(out, targets, starts, sources, weights)
      return
    }
    const limit = saturation ?? Infinity
    const saturated = this.#kernels.correctF32ToF32(raw, offset.data, gain.data, out, 0, out.length, limit)
    this.last.saturated = saturation === null ? null : saturated - countSaturatedF32(raw, targets, limit)
    if (this.#repair) this.#kernels.repairF32(out, targets, starts, sources, weights)
    // After the repair: what a bad pixel read is of no interest.
    if (hasNonFinite(out, 0, out.length)) this.#repairNonFinite(out)
  }

  #correctToInteger(raw: Uint16Array, out: Uint16Array): void {
    const { offset, gain, saturation } = this.#calibration
    const { targets, starts, sources, weights } = this.plan
    const limit = integerLimit(saturation)
    const tally = this.#tally.fill(0)
    const pedestal = this.#pedestal
    this.#kernels.correctU16ToU16(raw, offset.data, gain.data, out, 0, out.length, limit, pedestal, tally)
    this.last.saturated = saturation === null ? null : tally[0] - countSaturatedU16(raw, targets, limit)
    this.last.clamped = tally[1]
    if (!this.#repair) return
    this.last.clamped += this.#kernels.repairU16FromU16(
      raw, offset.data, gain.data, out, targets, starts, sources, weights, pedestal
    )
  }

  #repairNonFinite(out: Float32Array): void {
    const last = this.last
    if (!this.#repair) {
      last.nonFinite = countNonFiniteGood(out, this.#calibration.defects)
      last.unrepaired += last.nonFinite
      return
    }
    const { nonFinite, unrepaired, repairs } = repairNonFinite(out, this.plan)
    this.repairs = repairs
    last.nonFinite = nonFinite
    last.repaired += nonFinite - unrepaired
    last.unrepaired += unrepaired
  }
}

const NO_REPAIRS: PixelRepairs = Object.freeze({
  pixels: new Uint32Array(0),
  varianceFactors: new Float32Array(0),
  trusted: new Uint8Array(0)
})

function repairsOf({ targets, variance, flags }: DefectPlan): PixelRepairs {
  const trusted = Uint8Array.from(flags, (bits) => ((bits & DEFECT_FLAGS.unrepairable) === 0 ? 1 : 0))
  return { pixels: targets, varianceFactors: variance, trusted }
}

function assertOptions(output: unknown, pedestal: unknown): void {
  if (output !== 'float32' && output !== 'uint16') {
    throw new OptionError({ subject: 'option "output"', expected: "'float32' or 'uint16'", received: String(output) })
  }
  if (!(typeof pedestal === 'number' && pedestal >= 0 && pedestal <= 65535)) {
    throw new OptionError({ subject: 'option "pedestal"', expected: 'a number of DN from 0 to 65535', received: String(pedestal) })
  }
  if (output === 'float32' && pedestal !== 0) {
    throw new OptionError({ subject: 'option "pedestal"', expected: '0 for float32 output', received: String(pedestal) })
  }
}

function stepsOf(output: 'float32' | 'uint16', repair: boolean): readonly CorrectionStep[] {
  const steps: CorrectionStep[] = ['offset', 'gain']
  if (repair) steps.push('defects')
  if (output === 'uint16') steps.push('quantise')
  return Object.freeze(steps)
}

/** Lowest integer that counts as saturated, for uint16 frames; 65536: none. */
function integerLimit(saturation: number | null): number {
  return saturation === null ? 65536 : Math.min(65536, Math.max(0, Math.ceil(saturation)))
}

function sameBadPixels({ data: next }: DefectMap, { data: now }: DefectMap): boolean {
  for (let i = 0; i < next.length; i++) {
    if (((next[i] & BAD_PIXEL_BITS) === 0) !== ((now[i] & BAD_PIXEL_BITS) === 0)) return false
  }
  return true
}

function countNonFiniteGood(frame: Float32Array, { data }: DefectMap): number {
  let count = 0
  for (let i = 0; i < frame.length; i++) {
    if (frame[i] - frame[i] !== 0 && (data[i] & BAD_PIXEL_BITS) === 0) count++
  }
  return count
}
