import zeros from 'zeros'
import { CalibrationError, OptionError } from '../errors.js'
import { isNdarray } from '../frame/is-ndarray.js'
import { toKernelPixels } from '../frame/to-kernel-pixels.js'
import { hasNonFinite } from '../kernels/frame/has-non-finite.js'
import { STEP_KERNELS } from '../kernels/frame/steps/step-kernels.js'
import { BAD_PIXEL_BITS, DEFECT_FLAGS } from '../maps/defect-flags.js'
import { planDefects } from '../maps/plan-defects.js'
import { compileProgram } from './program/compile-program.js'
import { assertCalibration } from './assert-calibration.js'
import { assertOptionNames } from './assert-option-names.js'
import { assertSameMode, assertUncorrected } from './assert-same-mode.js'
import { repairNonFinite } from './repair-non-finite.js'
import { infoOf, resolveInput, subjectOf } from './resolve-input.js'
import { assertApart, resolveOutput } from './resolve-output.js'
import { CORRECTION_STEPS } from './steps/correction-steps.js'
import { SimdEngine } from './engines/simd-engine.js'
import { TypescriptEngine } from './engines/typescript-engine.js'
import type { KernelPixels, PixelData } from '../frame/pixel-data.js'
import type { Shape } from '../frame/shape.js'
import type { CalibrationSet } from '../maps/calibration-set.js'
import type { DefectPlan } from '../maps/defect-plan.js'
import type { DefectMap } from '../maps/maps.js'
import type { PixelRepairs } from '../maps/pixel-repairs.js'
import type { CorrectedPixels, CorrectionFacts, Corrector, CorrectOptions, CorrectorOptions, FrameInput, FrameOutput } from './corrector.js'
import type { Program } from './program/compile-program.js'
import type { Step } from './program/step.js'
import type { EngineOptions, FrameEngine } from './engines/frame-engine.js'

/** What `createCorrector` makes; with its engine, for the room that puts other threads to work in the memory of it. */
export class FrameCorrector implements Corrector {
  readonly shape: Shape
  readonly last: CorrectionFacts
  generation = 0
  plan!: DefectPlan
  repairs: PixelRepairs = NO_REPAIRS

  readonly #output: 'float32' | 'uint16'
  readonly #repair: boolean
  readonly #options: CorrectorOptions
  readonly #steps: readonly Step[]
  #program!: Program
  #engine: FrameEngine
  #calibration!: CalibrationSet
  /** Repairs of a frame that is finite everywhere. */
  #planned: PixelRepairs = NO_REPAIRS
  /** Scratch, made when a frame first needs it: values as float32, a strided view in order, the float frame to be quantised. */
  #converted: Float32Array | undefined
  #ordered: PixelData | undefined
  #unquantised: Float32Array | undefined

  /** @param steps all that there are, in the order in which they are applied */
  constructor(calibration: CalibrationSet, options: CorrectorOptions, steps: readonly Step[] = CORRECTION_STEPS) {
    const { output = 'float32', pedestal = 0, repair = true, maps = 'float32', kernels = 'auto' } = options
    assertOptionNames(options)
    assertOptions({ output, pedestal, maps, kernels })
    this.#output = output
    this.#repair = repair
    this.#options = options
    this.#steps = steps
    this.shape = Object.freeze([calibration.offset.shape[0], calibration.offset.shape[1]] as const)
    this.#engine = openEngine(kernels, { repair, pedestal, maps, count: this.shape[0] * this.shape[1] })
    this.setCalibration(calibration)
    this.last = {
      generation: 0,
      steps: this.#program.names,
      saturated: null,
      clamped: 0,
      nonFinite: 0,
      repaired: 0,
      unrepaired: 0,
      beamFactor: null,
      beamError: null,
      rowShiftSd: null
    }
  }

  setCalibration(next: CalibrationSet): void {
    const { mode, allowModeMismatch = false } = this.#options
    assertCalibration(next, this.shape)
    if (mode && !allowModeMismatch) assertSameMode('option "mode"', { mode }, next)
    const isPlanned = this.generation > 0 && sameBadPixels(next.defects, this.#calibration.defects)
    const plan = isPlanned ? this.plan : planDefects(next.defects)
    const program = compileProgram(this.#steps, next, this.#options, this.generation > 0 ? this.#program : null)
    this.#use(next, plan, program)
    this.#program = program
    if (!isPlanned && this.#repair) this.#planned = repairsOf(plan)
    this.plan = plan
    this.#calibration = next
    this.generation++
  }

  #use(next: CalibrationSet, plan: DefectPlan, program: Program): void {
    if (this.#engine.use(next, plan, program)) return
    const foreign = program.rest.find(({ kernel }) => !STEP_KERNELS.includes(kernel))
    if (foreign && this.#options.kernels === 'simd') {
      const expected = `'auto' or 'typescript' for the step ${foreign.step.name}`
      throw new OptionError({ subject: 'option "kernels"', expected, received: 'simd' })
    }
    if (this.generation > 0 || this.#options.kernels === 'simd') {
      // Frames that were handed out lie in its memory, so another engine cannot take its place; nor where SIMD was asked for.
      throw new CalibrationError({ subject: 'defect map', expected: 'memory for its plan', received: `${plan.counts.bad} bad pixels` })
    }
    this.#engine = new TypescriptEngine(this.#engine.options)
    this.#engine.use(next, plan, program)
  }

  get program(): Program {
    return this.#program
  }

  get engine(): FrameEngine {
    return this.#engine
  }

  get kernels(): 'simd' | 'typescript' {
    return this.#engine.kernels
  }

  allocRaw(): Uint16Array {
    return this.#engine.allocate('uint16', 'input') as Uint16Array
  }

  allocOutput(): CorrectedPixels {
    return this.#engine.allocate(this.#output, 'output')
  }

  // Its overloads stand in the interface; one signature cannot say that the form of the result follows that of `raw`.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  correct(raw: FrameInput, options: CorrectOptions<FrameOutput> = {}): any {
    const subject = subjectOf(raw)
    const given = this.acceptInput(raw, this.#ordered)
    if (isNdarray(raw) && given.buffer !== raw.data.buffer) this.#ordered = given
    const out = options.out === undefined ? this.#make(raw) : options.out
    const pixels = options.out === undefined ? resolveOutput(out, this.#output, this.shape) : this.acceptOutput(out, raw, given)
    const kernelPixels = toKernelPixels(subject, given, this.#converted)
    if (kernelPixels !== given) this.#converted = kernelPixels as Float32Array
    this.#run(kernelPixels, pixels, subject)
    return out
  }

  /**
   * The pixels of a raw frame, after shape and mode were checked; throws as `correct`.
   * @param scratch receives the values of a view that is not row-major when it fits
   */
  acceptInput(raw: FrameInput, scratch?: PixelData): PixelData {
    const info = infoOf(raw)
    const subject = subjectOf(raw)
    const given = resolveInput(subject, raw, this.shape, scratch)
    if (!(this.#options.allowCorrected ?? false)) assertUncorrected(subject, info)
    if (!(this.#options.allowModeMismatch ?? false)) assertSameMode(subject, info, this.#calibration)
    return given
  }

  /** The pixels of `out`, after type, shape and memory were checked; throws as `correct`. */
  acceptOutput(out: FrameOutput, raw: FrameInput, given: PixelData): CorrectedPixels {
    const { offset, gain, defects } = this.#calibration
    const pixels = resolveOutput(out, this.#output, this.shape)
    assertApart(pixels, isNdarray(raw) ? raw.data : given, 'raw frame')
    if (this.#engine.isInternal(pixels)) {
      throw new OptionError({
        subject: 'out',
        expected: 'memory apart from the maps: what allocOutput() gives, or your own',
        received: 'an overlap'
      })
    }
    assertApart(pixels, offset.data, 'offset map')
    assertApart(pixels, gain.data, 'gain map')
    assertApart(pixels, defects.data, 'defect map')
    return pixels
  }

  /** A new frame in the form of the raw one. */
  #make(raw: FrameInput): FrameOutput {
    const { shape } = this
    if (isNdarray(raw)) return zeros([shape[0], shape[1]], this.#output)
    const count = shape[0] * shape[1]
    const data = this.#output === 'float32' ? new Float32Array(count) : new Uint16Array(count)
    return ArrayBuffer.isView(raw) ? data : { data, shape }
  }

  /** Facts of a frame of which nothing is counted yet. */
  startFacts(): CorrectionFacts {
    const last = this.last
    last.generation = this.generation
    last.steps = this.#program.names
    last.beamFactor = last.beamError = last.rowShiftSd = null
    last.saturated = null
    last.clamped = 0
    last.nonFinite = 0
    this.repairs = this.#planned
    last.repaired = this.#repair ? this.plan.counts.repaired : 0
    last.unrepaired = this.#repair ? this.plan.counts.unrepairable : this.plan.counts.bad
    return last
  }

  /** Let the steps that keep something see a frame that nobody wants corrected; throws as `correct`. */
  pass(raw: FrameInput): void {
    const subject = subjectOf(raw)
    const given = toKernelPixels(subject, this.acceptInput(raw))
    this.#run(given, this.#make(given) as CorrectedPixels, subject)
  }

  #run(raw: KernelPixels, out: CorrectedPixels, subject: string): void {
    this.#program.prepare(raw, subject, this.startFacts())
    if (out instanceof Float32Array) this.#correctToFloat(raw, out)
    else if (raw instanceof Uint16Array && this.#program.isPlain) this.#engine.correctToInteger(raw, out)
    else {
      const values = (this.#unquantised ??= this.#engine.allocate('float32', 'output') as Float32Array)
      this.#correctToFloat(raw, values)
      this.#engine.quantise(values, out)
    }
    this.last.saturated = this.#engine.tally.saturated
    this.last.clamped = this.#engine.tally.clamped
  }

  #correctToFloat(raw: KernelPixels, out: Float32Array): void {
    this.#engine.correctToFloat(raw, out)
    // After the repair: what a bad pixel read is of no interest. Maps are finite, so integer frames stay so.
    if (raw instanceof Float32Array && hasNonFinite(out, 0, out.length)) this.#repairNonFinite(out)
  }

  #repairNonFinite(out: Float32Array): void {
    const last = this.last
    if (!this.#repair) {
      last.nonFinite = countNonFiniteGood(out, this.#calibration.defects)
      last.unrepaired += last.nonFinite
      return
    }
    const { nonFinite, unrepaired, repairs } = repairNonFinite(out, this.plan, this.#calibration.defects)
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

function openEngine(kernels: 'auto' | 'simd' | 'typescript', options: EngineOptions): FrameEngine {
  if (kernels === 'typescript') return new TypescriptEngine(options)
  const engine = SimdEngine.open(options)
  if (engine) return engine
  if (kernels === 'auto') return new TypescriptEngine(options)
  const expected = "'auto' or 'typescript' where WebAssembly with SIMD cannot be had"
  throw new OptionError({ subject: 'option "kernels"', expected, received: 'simd' })
}

function assertOptions({
  output,
  pedestal,
  maps,
  kernels
}: Required<Pick<CorrectorOptions, 'output' | 'pedestal' | 'maps' | 'kernels'>>): void {
  assertOneOf('output', output, ['float32', 'uint16'])
  assertOneOf('maps', maps, ['float32', 'compact'])
  assertOneOf('kernels', kernels, ['auto', 'simd', 'typescript'])
  if (!(typeof pedestal === 'number' && pedestal >= 0 && pedestal <= 65535)) {
    throw new OptionError({ subject: 'option "pedestal"', expected: 'a number of DN from 0 to 65535', received: String(pedestal) })
  }
  if (output === 'float32' && pedestal !== 0) {
    throw new OptionError({ subject: 'option "pedestal"', expected: '0 for float32 output', received: String(pedestal) })
  }
  if (output === 'float32' && maps === 'compact') {
    throw new OptionError({ subject: 'option "maps"', expected: "'float32' for float32 output", received: 'compact' })
  }
}

function assertOneOf(option: string, value: unknown, names: readonly string[]): void {
  if (names.includes(value as string)) return
  const expected = names.map((name) => `'${name}'`).join(' or ')
  throw new OptionError({ subject: `option "${option}"`, expected, received: String(value) })
}

/** True when a plan of the one map is the plan of the other: the same pixels are bad, and the same are not exposed. */
function sameBadPixels({ data: next }: DefectMap, { data: now }: DefectMap): boolean {
  if (next === now) return true
  for (let i = 0; i < next.length; i++) {
    if (((next[i] & BAD_PIXEL_BITS) === 0) !== ((now[i] & BAD_PIXEL_BITS) === 0)) return false
    if (((next[i] ^ now[i]) & DEFECT_FLAGS.unexposed) !== 0) return false
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
