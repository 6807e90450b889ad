import type { Dataset, File, Group } from 'h5wasm/node'
import { OptionError, StackError } from '../errors.js'
import { assertShape } from '../frame/assert-shape.js'
import type { FrameInfo } from '../frame/frame-info.js'
import type { PixelData, PixelType } from '../frame/pixel-data.js'
import { pixelTypeOf } from '../frame/pixel-type-of.js'
import type { RawFrame } from '../frame/raw-frame.js'
import type { Shape } from '../frame/shape.js'
import { version } from '../version.js'
import { hdf5Reason } from './formats/hdf5/hdf5-reason.js'
import { createInfoSummary } from './nexus/create-info-summary.js'
import type { InfoSummary } from './nexus/create-info-summary.js'
import { replaceFile } from './replace-file.js'
import type { ReplaceFile } from './replace-file.js'
import { systemError } from './system-error.js'
import type { WritableFrames } from './written-stack.js'

export interface WriteHdf5Options {
  /**
   * false: refuse to replace an existing file.
   * @default false
   */
  overwrite?: boolean
  /**
   * How the written file comes to its name.
   * @default flushed to the disk and renamed at once
   */
  replace?: ReplaceFile
  /**
   * What holds for every frame, in place of what the frames say themselves.
   * @default {}
   */
  info?: FrameInfo
  /**
   * Where the frames come from and what was done to them: plain data, kept as JSON.
   * @default undefined: none
   */
  provenance?: unknown
}

interface Stack {
  readonly shape: Shape
  readonly type: PixelType
  readonly dataset: Dataset
}

const codes: Readonly<Record<PixelType, string>> = { u8: '<B', i8: '<b', u16: '<H', i16: '<h', u32: '<I', i32: '<i', f32: '<f', f64: '<d' }
const dataPath = '/entry/instrument/detector/data'

/**
 * Write frames as one stack [frames, rows, cols] of HDF5, laid out after NeXus, which grows while they come: one is held at a time.
 *
 * `/entry/instrument/detector` has the frames as `data`, what all of them say of the exposure (`count_time`, `x_pixel_size`,
 * `serial_number`, ..., and `corrections`: what was done to them, in words), and `image_key` where each says what it was taken for;
 * `start_time` the seconds from the first one on;
 * what is not known is absent. `/entry/data` opens in viewers, `/entry/process` has program, version and provenance. The file appears
 * whole or not at all.
 * @param path file to write; its folder must exist
 * @param frames at least one, all of one shape and pixel type
 * @throws {ShapeError} ERR_SHAPE when a frame has not as many values as its shape says, or another shape than the first
 * @throws {StackError} ERR_STACK when there is no frame, or one has another pixel type than the first
 * @throws {OptionError} ERR_OPTION for a provenance that is no plain data
 * @throws {ExistsError} ERR_EXISTS when the file is there and `overwrite` is false
 * @throws {IoError} ERR_IO
 * @see NeXus definitions, NXdetector, NXtomo and NXprocess (2024)
 */
export async function writeHdf5(path: string, frames: WritableFrames, options: WriteHdf5Options = {}): Promise<void> {
  const { overwrite = false, replace = replaceFile, info = {}, provenance } = options
  const notes = provenance === undefined ? null : jsonOf(provenance)
  const library = await import('h5wasm/node')
  const module = await library.ready
  module.activate_throwing_error_handler()
  const write = async (temporaryPath: string): Promise<void> => {
    const file = attempt(path, () => new library.File(temporaryPath, 'w'))
    try {
      await writeAll(path, file, frames, info, notes)
    } catch (error) {
      quietly(() => file.close())
      throw error
    }
    attempt(path, () => file.close())
  }
  await replace(path, write, { overwrite })
}

function jsonOf(provenance: unknown): string {
  try {
    return JSON.stringify(provenance)
  } catch (cause) {
    throw new OptionError({ subject: 'option "provenance"', expected: 'plain data', received: (cause as Error).message, cause })
  }
}

async function writeAll(path: string, file: File, frames: WritableFrames, info: FrameInfo, notes: string | null): Promise<void> {
  const summary = createInfoSummary()
  let stack: Stack | undefined
  let count = 0
  for await (const frame of frames) {
    const type = assertFrame(path, frame, count, stack)
    stack ??= attempt(path, () => begin(file, frame.shape, type))
    append(path, stack, frame.data, count)
    summary.add({ ...('info' in frame ? (frame as RawFrame).info : undefined), ...info })
    count++
  }
  if (stack === undefined) throw new StackError({ subject: path, expected: 'at least one frame to write', received: 'none' })
  attempt(path, () => finish(file, summary, notes))
}

function assertFrame(path: string, frame: RawFrame, index: number, stack: Stack | undefined): PixelType {
  const subject = `${path}: frame ${index}`
  assertShape(subject, frame, stack?.shape)
  const type = pixelTypeOf(frame.data)
  if (stack !== undefined && type !== stack.type) {
    throw new StackError({ subject, expected: `pixels of type ${stack.type} as in the first`, received: type, frames: [index] })
  }
  return type
}

function begin(file: File, shape: Shape, type: PixelType): Stack {
  attributes(file, { NX_class: 'NXroot', default: 'entry', creator: 'flatpanel' })
  group(file, '/entry', { NX_class: 'NXentry', default: 'data' })
  group(file, '/entry/instrument', { NX_class: 'NXinstrument', default: 'detector' })
  group(file, '/entry/instrument/detector', { NX_class: 'NXdetector', signal: 'data' })
  const [rows, cols] = shape
  const dataset = file.create_dataset({
    name: dataPath,
    data: [],
    dtype: codes[type],
    shape: [0, rows, cols],
    maxshape: [null, rows, cols],
    chunks: [1, rows, cols]
  })
  attributes(dataset, { interpretation: 'image', units: 'DN', target: dataPath })
  group(file, '/entry/data', { NX_class: 'NXdata', signal: 'data' })
  file.create_hard_link(dataPath, '/entry/data/data')
  return { shape, type, dataset }
}

function append(path: string, { dataset, shape: [rows, cols] }: Stack, data: PixelData, index: number): void {
  attempt(path, () => {
    dataset.resize([index + 1, rows, cols])
    dataset.write_slice(
      [
        [index, index + 1],
        [0, rows],
        [0, cols]
      ],
      data
    )
  })
}

function finish(file: File, summary: InfoSummary, notes: string | null): void {
  const detector = '/entry/instrument/detector'
  const { numbers, texts, keys, start, times } = summary.give()
  for (const { name, values, units } of numbers) {
    const one = values.every((value) => value === values[0])
    const data = new Float64Array(one ? values.slice(0, 1) : values)
    const dataset = file.create_dataset({ name: `${detector}/${name}`, data, shape: one ? [] : [values.length] })
    attributes(dataset, { units })
  }
  for (const [name, value] of Object.entries(texts)) file.create_dataset({ name: `${detector}/${name}`, data: value })
  if (keys !== null) file.create_dataset({ name: `${detector}/image_key`, data: Int32Array.from(keys) })
  if (start !== null) file.create_dataset({ name: '/entry/start_time', data: start })
  if (start !== null && times !== null && times.every(Number.isFinite)) {
    attributes(file.create_dataset({ name: `${detector}/start_time`, data: Float64Array.from(times) }), { units: 's', start })
  }
  group(file, '/entry/process', { NX_class: 'NXprocess' })
  file.create_dataset({ name: '/entry/process/program', data: 'flatpanel' })
  file.create_dataset({ name: '/entry/process/version', data: version })
  if (notes === null) return
  group(file, '/entry/process/provenance', { NX_class: 'NXnote' })
  file.create_dataset({ name: '/entry/process/provenance/type', data: 'application/json' })
  file.create_dataset({ name: '/entry/process/provenance/data', data: notes })
}

function group(file: File, path: string, values: Record<string, string>): Group {
  const made = file.create_group(path)
  attributes(made, values)
  return made
}

function attributes(target: Pick<Group, 'create_attribute'>, values: Record<string, string>): void {
  for (const [name, value] of Object.entries(values)) target.create_attribute(name, value)
}

/** libhdf5 fails for want of disk, or of rights. */
function attempt<T>(path: string, action: () => T): T {
  try {
    return action()
  } catch (error) {
    throw systemError(path, 'a file that can be written', hdf5Reason(error))
  }
}

function quietly(action: () => void): void {
  try {
    action()
  } catch {
    // the error that led here is the one to tell
  }
}
