import { basename, dirname } from 'node:path'
import { OptionError, StackError } from '../errors.js'
import type { CorrectorOptions } from '../correction/corrector.js'
import type { FrameInfo } from '../frame/frame-info.js'
import type { RawFrame } from '../frame/raw-frame.js'
import { countFrames } from '../io/count-frames.js'
import { findFrames } from '../io/find-frames.js'
import { readCalibrationHash } from '../io/read-calibration-hash.js'
import { readFrames } from '../io/read-frames.js'
import type { ReadFramesOptions, UnwrittenFrame } from '../io/read-frames.js'
import type { ReplaceFile } from '../io/replace-file.js'
import type { CalibrationSet } from '../maps/calibration-set.js'
import type { StreamedFrame } from '../workers/corrected-stream.js'
import { identifyInput, identifyJob } from './correct/identify-job.js'
import type { JobSettings } from './correct/identify-job.js'
import { loadForCorrection } from './correct/load-for-correction.js'
import { openScanCorrector } from './correct/open-scan-corrector.js'
import type { ScanCorrector } from './correct/open-scan-corrector.js'
import type { JobOptions, JobProgress, JobWarning } from './job-options.js'
import { dicomSeries } from './output/dicom-series.js'
import { firstTime } from './output/first-time.js'
import type { FrameWriter, FrameWriterSettings, OutputFile, OutputFormat } from './output/frame-writer.js'
import { FRAME_WRITERS } from './output/frame-writers.js'
import { makeFolder } from './output/make-folder.js'
import { alreadyThere, planOutputs } from './output/plan-outputs.js'
import { splitByOutput } from './output/split-by-output.js'
import { unitsOf } from './output/units-of.js'
import type { OutputUnit } from './output/units-of.js'
import { writeInGroups } from './output/write-in-groups.js'
import { scanReading } from './scan-reading.js'
import type { ScanReading } from './scan-reading.js'

/** Options of {@link correctScan}. */
export interface CorrectScanOptions extends ScanReading, JobOptions<CorrectScanEvent> {
  /** Raw frames: files, folders or patterns, as for `findFrames`. Of files that say what their frames were taken for, the projections. */
  readonly frames: readonly string[]
  /** Calibration file. */
  readonly calibration: string
  /** Folder of the outputs, made where it is missing; this or `into`. */
  readonly out?: string
  /** One HDF5 file that takes the frames of all inputs, in order; this or `out`. Its folder is made where it is missing. */
  readonly into?: string
  /**
   * Format of the outputs. DICOM holds one frame per file, and uint16 only.
   * @default 'tiff'; 'hdf5' with `into`
   */
  readonly to?: OutputFormat
  /**
   * Pixel type of the outputs.
   * @default 'float32'
   */
  readonly output?: 'float32' | 'uint16'
  /**
   * DN added before quantising, 0 to 65535; `uint16` only.
   * @default 0
   */
  readonly pedestal?: number
  /**
   * Compression of TIFF.
   * @default 'none'
   */
  readonly compression?: 'none' | 'deflate'
  /**
   * Threads that correct, 1 to 256.
   * @default 1 below 2 megapixels, else the cores of the machine
   */
  readonly threads?: number
  /**
   * Files that are read, corrected and written at the same time, 1 to 64.
   * @default 4, fewer where frames are large
   */
  readonly atOnce?: number
  /**
   * Bring the frames of a beam that varies to one level, as for `createCorrector`; files are then corrected one after the other.
   * @default undefined: the beam is as it was
   */
  readonly beam?: CorrectorOptions['beam']
  /**
   * Leave out inputs whose outputs are there and say that they come from this very work: the same calibration, options, program and input
   * (name, size, modification time and hash of the header). Other files that stand there are refused, as ever.
   * @default false
   */
  readonly skipExisting?: boolean
  /**
   * Know an input by the SHA-256 of the whole file as well.
   * @default false
   */
  readonly hashInputs?: boolean
  /**
   * Replace outputs that are there.
   * @default false
   */
  readonly force?: boolean
}

/** One corrected file. Pixel counts over its pages. */
export interface CorrectedFile {
  /** The first one, where several became one file. */
  readonly input: string
  readonly output: string
  readonly pages: number
  /** null: the calibration does not know the saturation. */
  readonly saturated: number | null
  readonly clamped: number
  readonly nonFinite: number
  /** Repaired pixels of a page that cannot be trusted: filled for display. */
  readonly unrepaired: number
  /** The least and the largest factor of the beam; null: not asked for. */
  readonly beamFactors: readonly [least: number, most: number] | null
  /** Options by which the file is read again, where it does not say itself what it is. */
  readonly readWith: string | null
}

/** What {@link correctScan} tells of while it works. */
export type CorrectScanEvent =
  | JobProgress
  /** A frame that was never written was left out. */
  | JobWarning
  /** These files are whole, under their names and on the disk, in the order of the inputs. */
  | { readonly type: 'finished'; readonly files: readonly CorrectedFile[] }
  /** How many there are to write; comes before the first. */
  | { readonly type: 'planned'; readonly files: number }

/** What {@link correctScan} did. */
export interface CorrectScanDocument {
  readonly schema: 'flatpanel.correct/1'
  readonly calibration: string
  readonly files: readonly CorrectedFile[]
  /** Outputs that were there from this very work. */
  readonly skipped: readonly string[]
  /** Inputs that say that all of their frames are darks or flats. */
  readonly leftOut: readonly string[]
}

/** What serves every unit. */
interface Run {
  readonly options: CorrectScanOptions
  readonly writer: FrameWriter
  readonly settings: JobSettings
  readonly reading: ReadFramesOptions
  readonly calibration: Pick<CalibrationSet, 'pixelPitch' | 'serialNumber'>
  readonly corrector: ScanCorrector
  readonly writing: Omit<FrameWriterSettings, 'replace'>
}

/** Frames of this many bytes, raw, corrected and as read, are held for the files that are worked on at the same time. */
const MOST_BYTES = 192 * 2 ** 20
const MOST_AT_ONCE = 4

/**
 * Correct the raw frames of a scan: files are read, corrected and written at the same time, on buffers that go round. Outputs come to their
 * names in the order of the inputs, each one whole, and are on the disk before they are told of; when one fails, those before it are kept,
 * and nothing is left of the others.
 *
 * Every output carries what the raw frame said of its exposure, the pixel pitch, the corrections that were made, and the work that it comes
 * from: in the file itself, or for NPY and raw in `<name>.json` beside it.
 * @throws {OptionError} ERR_OPTION for options that cannot be
 * @throws {StackError} ERR_STACK when nothing is found, or no file holds frames to correct
 * @throws {ExistsError} ERR_EXISTS when an output is there and may not be replaced, before anything is written
 * @throws {ModeError} ERR_MODE for frames of another mode or panel, or that were corrected already
 * @throws {ShapeError} ERR_SHAPE, {FormatError} ERR_FORMAT, {CalibrationError} ERR_CALIBRATION, {ChecksumError} ERR_CHECKSUM
 * @throws {IoError} ERR_IO
 * @throws {AbortedError} ERR_ABORTED
 */
export async function correctScan(options: CorrectScanOptions): Promise<CorrectScanDocument> {
  const { onEvent = () => {}, signal, force = false } = options
  const to = formatOf(options)
  const writer = FRAME_WRITERS[to]
  const reading = { ...scanReading(options), role: 'projection', hash: false, reuse: true } as const
  const inputs = await findFrames(options.frames)
  const plan = await planOutputs(inputs, {
    to: options.into === undefined ? { folder: options.out! } : { file: options.into },
    writer,
    force,
    used: [options.calibration],
    ...(writer.oneFrameEach && { framesOf: (input: string) => countFrames([input], reading) })
  })
  const settings = { calibration: await readCalibrationHash(options.calibration), options: whatDecides(options, to) }
  const { todo, skipped } = await splitDone(unitsOf(plan), { options, writer, settings })
  onEvent({ type: 'planned', files: todo.reduce((sum, { outputs }) => sum + outputs.length, 0) })
  // opened before the folder is made: what is wrong with the options leaves nothing behind
  const { corrector, calibration, pixels } = await openCorrector(options)
  try {
    const writing = {
      overwrite: force,
      compression: options.compression ?? 'none',
      ...(to === 'dicom' && { series: dicomSeries(identifyJob(settings, []), await firstTime(inputs, reading)) })
    } as const
    const run = { options, writer, settings, reading, calibration, corrector, writing }
    // a frame is held against the beam of those before it
    const atOnce = options.beam ? 1 : (options.atOnce ?? atOnceFor(pixels, options.output))
    const done = await correctUnits(todo, run, atOnce, onEvent, signal)
    if (done.files.length === 0 && skipped.length === 0) {
      const received = 'darks and flats only, as the files say'
      throw new StackError({ subject: options.frames.join(' '), expected: 'frames to correct', received })
    }
    return { schema: 'flatpanel.correct/1', calibration: options.calibration, files: done.files, skipped, leftOut: done.leftOut }
  } finally {
    await corrector.close()
  }
}

/** Nothing else of the calibration is kept: its maps take as much memory as all frames under way. */
async function openCorrector(options: CorrectScanOptions): Promise<Pick<Run, 'corrector' | 'calibration'> & { readonly pixels: number }> {
  const calibration = await loadForCorrection(options.calibration)
  const { pixelPitch, serialNumber, shape } = calibration
  const corrector = openScanCorrector(calibration, correctorOptions(options), options.threads)
  return { corrector, calibration: { pixelPitch, serialNumber }, pixels: shape[0] * shape[1] }
}

async function correctUnits(
  units: readonly OutputUnit[],
  run: Run,
  atOnce: number,
  onEvent: (event: CorrectScanEvent) => void,
  signal: AbortSignal | undefined
): Promise<{ files: CorrectedFile[]; leftOut: string[] }> {
  const { out, into } = run.options
  const folder = await makeFolder(into === undefined ? out! : dirname(into))
  const files: CorrectedFile[] = []
  const leftOut: string[] = []
  let done = 0
  const onDone = ({ unit, corrected }: UnitResult): void => {
    done++
    onEvent({ type: 'progress', stage: 'correcting', done, total: units.length })
    files.push(...corrected)
    if (corrected.length === 0) leftOut.push(...unit.inputs)
    else onEvent({ type: 'finished', files: corrected })
  }
  try {
    onEvent({ type: 'progress', stage: 'correcting', done, total: units.length })
    const work = (unit: OutputUnit, replace: ReplaceFile, going: AbortSignal): Promise<UnitResult> => correctUnit(unit, run, replace, going)
    await writeInGroups(units, work, { what: 'correct', atOnce, signal, onDone })
  } finally {
    if (files.length === 0) await folder.removeIfEmpty()
  }
  return { files, leftOut }
}

interface UnitResult {
  readonly unit: OutputUnit
  /** None where there was nothing to correct, and nothing was written. */
  readonly corrected: readonly CorrectedFile[]
}

async function correctUnit(unit: OutputUnit, run: Run, replace: ReplaceFile, signal: AbortSignal): Promise<UnitResult> {
  const { writer, writing, reading, corrector, options } = run
  const facts = await factsOf(unit, run)
  const onUnwritten = ({ file, page }: UnwrittenFrame): void =>
    options.onEvent?.({ type: 'warning', message: `${file}: frame ${page + 1} was never written, and is left out` })
  const frames = corrector.correct(readFrames(unit.inputs, { ...reading, onUnwritten }), signal)
  const corrected: CorrectedFile[] = []
  let counts = noCounts()
  const counted = (frame: StreamedFrame): RawFrame => {
    counts = addCounts(counts, frame)
    return { data: frame.data, shape: frame.shape, info: describe(frame.info, run.calibration, options) }
  }
  for await (const { target, frames: own } of splitByOutput(frames, unit.outputs, writer.oneFrameEach)) {
    counts = noCounts()
    const file: OutputFile = { output: target.output, number: target.number, facts }
    const readWith = await writer.write(file, mapped(own, counted), { ...writing, replace })
    corrected.push({ input: unit.inputs[0], output: target.output, ...counts, readWith })
  }
  return { unit, corrected }
}

async function* mapped<T, R>(items: AsyncIterable<T>, change: (item: T) => R): AsyncGenerator<R> {
  for await (const item of items) yield change(item)
}

type Counts = Omit<CorrectedFile, 'input' | 'output' | 'readWith'>

function noCounts(): Counts {
  return { pages: 0, saturated: 0, clamped: 0, nonFinite: 0, unrepaired: 0, beamFactors: null }
}

function addCounts(sum: Counts, { facts }: StreamedFrame): Counts {
  return {
    pages: sum.pages + 1,
    saturated: sum.saturated === null || facts.saturated === null ? null : sum.saturated + facts.saturated,
    clamped: sum.clamped + facts.clamped,
    nonFinite: sum.nonFinite + facts.nonFinite,
    unrepaired: sum.unrepaired + facts.unrepaired,
    beamFactors: widened(sum.beamFactors, facts.beamFactor)
  }
}

function widened(range: CorrectedFile['beamFactors'], factor: number | null): CorrectedFile['beamFactors'] {
  if (factor === null) return range
  const [least, most] = range ?? [factor, factor]
  return [Math.min(least, factor), Math.max(most, factor)]
}

/**
 * What is known of a corrected frame: what its raw frame said of the exposure, without what was said of stored values, which are others
 * now.
 */
function describe(
  { bitsUsed: _, rescale: __, ...raw }: FrameInfo,
  { pixelPitch, serialNumber }: Run['calibration'],
  options: CorrectScanOptions
): FrameInfo {
  return {
    ...(pixelPitch && { pixelPitch }),
    ...(serialNumber !== null && { serialNumber }),
    ...raw,
    // of a file for tomography every frame has its image_key
    ...(options.into !== undefined && { role: 'projection' }),
    corrections: [...new Set([...(raw.corrections ?? []), 'offset', 'gain', 'defects'] as const)]
  }
}

async function factsOf(unit: OutputUnit, { options, settings }: Pick<Run, 'options' | 'settings'>): Promise<OutputFile['facts']> {
  const { calibration, output = 'float32', pedestal, hashInputs = false } = options
  const identities = []
  for (const input of unit.inputs) identities.push(await identifyInput(input, hashInputs))
  const names = identities.map(({ name }) => name)
  return {
    calibration: basename(calibration),
    calibrationSha256: settings.calibration,
    output,
    ...(pedestal !== undefined && { pedestal }),
    ...(names.length === 1 ? { input: names[0] } : { inputs: names }),
    ...(hashInputs && { inputSha256: identities.map(({ sha256 }) => sha256) }),
    job: identifyJob(settings, identities)
  }
}

/** The outputs of a unit are skipped together, or none of them is. */
async function splitDone(
  units: readonly OutputUnit[],
  run: Pick<Run, 'options' | 'writer' | 'settings'>
): Promise<{ todo: OutputUnit[]; skipped: string[] }> {
  const { skipExisting = false, force = false } = run.options
  const todo: OutputUnit[] = []
  const skipped: string[] = []
  for (const unit of units) {
    const there = unit.outputs.filter(({ isThere }) => isThere)
    const isDone = skipExisting && there.length > 0 ? await doneOf(unit, run) : () => false
    const stranger = there.find(({ output }) => !isDone(output))
    if (stranger && !force) throw alreadyThere(stranger.output)
    if (there.length === unit.outputs.length && !stranger) skipped.push(...there.map(({ output }) => output))
    else todo.push(unit)
  }
  return { todo, skipped }
}

async function doneOf(unit: OutputUnit, run: Pick<Run, 'options' | 'writer' | 'settings'>): Promise<(output: string) => boolean> {
  const facts = await factsOf(unit, run)
  const done = new Set<string>()
  for (const { output, number, isThere } of unit.outputs) {
    if (isThere && (await run.writer.isDone({ output, number, facts }))) done.add(output)
  }
  return (output) => done.has(output)
}

function formatOf({ out, into, to = into === undefined ? 'tiff' : 'hdf5', output = 'float32' }: CorrectScanOptions): OutputFormat {
  const refuse = (subject: string, expected: string, received: string): never => {
    throw new OptionError({ subject: `option "${subject}"`, expected, received })
  }
  if ((out === undefined) === (into === undefined))
    refuse('out', 'a folder here, or one file as "into"', out === undefined ? 'neither' : 'both')
  if (into !== undefined && to !== 'hdf5') refuse('to', 'hdf5 with "into"', to)
  if (to === 'dicom' && output !== 'uint16') refuse('output', 'uint16, as DICOM DX holds nothing else', output)
  return to
}

function correctorOptions({ output = 'float32', pedestal, beam, allowCorrected = false }: CorrectScanOptions): CorrectorOptions {
  return { output, ...(pedestal !== undefined && { pedestal }), ...(beam && { beam }), allowCorrected }
}

/** Of the options those that decide what stands in an output. */
function whatDecides(options: CorrectScanOptions, to: OutputFormat): Readonly<Record<string, unknown>> {
  const { output = 'float32', pedestal = 0, compression = 'none', allowCorrected = false, format, raw, into, beam } = options
  return { to, output, pedestal, compression, allowCorrected, format, raw, beam, together: into !== undefined }
}

function atOnceFor(pixels: number, output: 'float32' | 'uint16' = 'float32'): number {
  // as it was read and in the memory of the threads, and corrected
  const bytes = pixels * (2 + 2 + (output === 'uint16' ? 2 : 4))
  return Math.max(2, Math.min(MOST_AT_ONCE, Math.floor(MOST_BYTES / bytes)))
}
