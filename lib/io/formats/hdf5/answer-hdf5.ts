import { FormatError, isDetectorError, UnwrittenFrameError } from '../../../errors.js'
import type { PixelData } from '../../../frame/pixel-data.js'
import { openHdf5Library } from '../../nexus/open-hdf5-library.js'
import type { Hdf5Library } from '../../nexus/open-hdf5-library.js'
import { describeDataset } from './describe-dataset.js'
import { hasUnwrittenTile } from './has-unwritten-tile.js'
import type { Range } from './has-unwritten-tile.js'
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
        received: known ? error.received : hdf5Reason(error),
        ...(error instanceof UnwrittenFrameError && { unwritten: true })
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
    if (hasUnwrittenTile(entity, data, leading, [rows, cols], tile, () => file.folder.reads())) {
      throw new UnwrittenFrameError({
        file: file.name,
        expected: `frame ${frame} of ${path}`,
        received: 'a frame that was never written, or not all of it'
      })
    }
  }
  if (packed) unpackBits(data, packed)
  return data
}

/** Words of which some bits count, brought down to these; of signed ones the highest is the sign. */
function unpackBits(data: PixelData, { offset, precision }: { offset: number; precision: number }): void {
  const bits = 8 * data.BYTES_PER_ELEMENT
  const signed = data instanceof Int8Array || data instanceof Int16Array || data instanceof Int32Array
  const [up, down] = [32 - offset - precision, 32 - precision]
  if (offset + precision > bits || precision < 1) return
  for (let i = 0; i < data.length; i++) data[i] = signed ? (data[i] << up) >> down : (data[i] << up) >>> down
}
