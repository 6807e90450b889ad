import type { Dataset } from 'h5wasm'
import { FormatError, isDetectorError } from '../../../errors.js'
import type { PixelData } from '../../../frame/pixel-data.js'
import { openHdf5Library } from '../../nexus/open-hdf5-library.js'
import type { Hdf5Library } from '../../nexus/open-hdf5-library.js'
import { describeDataset } from './describe-dataset.js'
import { findHdf5Frames } from './find-hdf5-frames.js'
import type { Hdf5Reply, Hdf5Request, Hdf5Source, Hdf5Stack } from './hdf5-request.js'
import { hdf5Reason } from './hdf5-reason.js'
import { limitMemory } from './limit-memory.js'
import { openHdf5File } from './open-hdf5-file.js'
import type { Hdf5File } from './open-hdf5-file.js'

/** Beside the frame and the chunks that are being read: metadata, the cache of chunks, what errors left behind. */
const working = 256 * 2 ** 20

/**
 * Load the HDF5 library and give the function that answers requests. Files stay open until they are to be closed; one that is not open
 * is opened, so that another worker can go on where this one had to end.
 */
export async function answerHdf5(): Promise<(request: Hdf5Request) => Hdf5Reply> {
  const library = await openHdf5Library()
  const { HEAPU8 } = await library.ready
  const memory = limitMemory(HEAPU8)
  const open = new Map<number, Hdf5File>()

  const fileOf = (source: Hdf5Source): Hdf5File => {
    const known = open.get(source.id) ?? openHdf5File(library, source)
    open.set(source.id, known)
    return known
  }

  const close = (id: number): void => {
    open.get(id)?.close()
    open.delete(id)
  }

  return (request) => {
    const { source } = request
    try {
      memory.allow(working)
      if (request.do === 'close') close(source.id)
      else if (request.do === 'open') return { stacks: findHdf5Frames(fileOf(source), request.inside), held: memory.held() }
      else return { data: readFrame(library, fileOf(source), request.stack, request.frame, memory.allow), held: memory.held() }
      return { held: memory.held() }
    } catch (error) {
      if (request.do === 'open') close(source.id)
      const known = isDetectorError(error)
      const failure = {
        expected: known ? error.expected : 'an HDF5 file that can be read',
        received: known ? error.received : hdf5Reason(error)
      }
      return { failure, held: memory.held() }
    }
  }
}

function readFrame(library: Hdf5Library, file: Hdf5File, stack: Hdf5Stack, frame: number, allow: (bytes: number) => void): PixelData {
  const { path, shape, type, place, packed } = stack
  const entity = new library.Dataset(file.at(place).file_id, path)
  const found = describeDataset(file, { place, entity })
  if (found.type !== type || found.shape.join() !== shape.join()) {
    throw new FormatError({ file: file.name, expected: `${path} as it was`, received: 'another shape or type: something changes the file' })
  }
  const { size, chunks } = entity.metadata
  const [rows, cols] = shape.slice(-2)
  // a chunk stands there packed, unpacked, and on its way through a filter
  allow(working + rows * cols * size + 3 * (chunks ?? []).reduce((product, extent) => product * extent, size))
  const leading = entity.metadata.shape!.slice(0, -2).map((extent): Range => (extent === 1 ? [0, 1] : [frame, frame + 1]))
  const data = entity.slice([...leading, [0, rows], [0, cols]]) as PixelData
  if (found.place === 'chunked' || found.place === 'virtual') {
    const tile = found.place === 'chunked' ? chunks!.slice(-2) : [rows, cols]
    const same = tilesOfOneValue(data, [rows, cols], tile)
    if (same.some((area) => !isWritten(file, entity, [...leading, ...area]))) {
      throw new FormatError({
        file: file.name,
        expected: `frame ${frame} of ${path}`,
        received: 'a frame that was never written, or not all of it'
      })
    }
  }
  if (packed) unpackBits(data, packed)
  return data
}

type Range = [number, number]

/** The tiles that hold one value only, as ranges of rows and columns. What was never written reads so. */
function tilesOfOneValue(data: PixelData, [rows, cols]: readonly number[], [high, wide]: readonly number[]): [Range, Range][] {
  const found: [Range, Range][] = []
  for (let top = 0; top < rows; top += high) {
    for (let left = 0; left < cols; left += wide) {
      const [bottom, right] = [Math.min(rows, top + high), Math.min(cols, left + wide)]
      const value = data[top * cols + left]
      let same = true
      for (let row = top; same && row < bottom; row++) {
        for (let at = row * cols + left; same && at < row * cols + right; at++) same = Object.is(data[at], value)
      }
      if (same) {
        found.push([
          [top, bottom],
          [left, right]
        ])
      }
    }
  }
  return found
}

/**
 * Whether libhdf5 reads anything of a part for the second time: its metadata are held since the first, values are not, and for what was
 * never written there is nothing to read.
 */
function isWritten(file: Hdf5File, entity: Dataset, area: Range[]): boolean {
  entity.slice(area)
  const before = file.folder.reads()
  entity.slice(area)
  return file.folder.reads() > before
}

/** Words of which some bits count, brought down to these; of signed ones the highest is the sign. */
function unpackBits(data: PixelData, { offset, precision }: { offset: number; precision: number }): void {
  const bits = 8 * data.BYTES_PER_ELEMENT
  const signed = data instanceof Int8Array || data instanceof Int16Array || data instanceof Int32Array
  const [up, down] = [32 - offset - precision, 32 - precision]
  if (offset + precision > bits || precision < 1) return
  for (let i = 0; i < data.length; i++) data[i] = signed ? (data[i] << up) >> down : (data[i] << up) >>> down
}
