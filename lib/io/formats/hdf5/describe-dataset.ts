import type { Dataset } from 'h5wasm'
import { FormatError } from '../../../errors.js'
import type { PixelType } from '../../../frame/pixel-data.js'
import { LARGEST_DEFLATE_RATIO } from '../largest-deflate-ratio.js'
import { LARGEST_UNPACKED } from '../largest-unpacked.js'
import type { Hdf5Member, Hdf5File } from './open-hdf5-file.js'
import type { StoredLayout } from './read-object-header.js'

export interface DescribedDataset {
  /** [rows, cols] or [frames, rows, cols], without further axes of one value. */
  readonly shape: readonly number[]
  /** The bits of a word that count, where not all of them do. */
  readonly packed: StoredLayout['packed']
  readonly place: StoredLayout['place']
  readonly type: PixelType
}

/** Filters of HDF5 itself: deflate, shuffle, fletcher32, szip, nbit, scaleoffset. */
const lastBuiltIn = 6
/** More than any detector gives; each costs a little memory before it is read. */
const mostFrames = 2 ** 24
const mostNested = 8

/**
 * Assert that a dataset can be frames, and that what it claims to hold can be in the file, before a value is read.
 * @throws {FormatError} ERR_FORMAT
 * @see HDF5 File Format Specification 3.0, IV.A.2.l, The Data Storage - Filter Pipeline Message
 */
export function describeDataset(file: Hdf5File, { place, entity }: Hdf5Member<Dataset>): DescribedDataset {
  const refuse = (expected: string, received: string): never => {
    throw new FormatError({ file: file.name, expected: `${expected} at ${entity.path}`, received })
  }
  const { metadata } = entity
  const extents = metadata.shape ?? []
  const shape = frameShape(extents)
  if (shape === null) return refuse('a dataset [rows, cols] or [frames, rows, cols]', `shape [${extents.join(', ')}]`)
  const type = pixelTypeOfDataset(metadata)
  if (type === null) return refuse('numbers of type u8, u16, u32, i8, i16, i32, f32 or f64', nameOf(metadata))
  if (shape.some((extent) => extent < 1)) refuse('sizes of at least 1', `shape [${shape.join(', ')}]`)
  const [rows, cols] = shape.slice(-2)
  if (rows * cols * metadata.size > LARGEST_UNPACKED) {
    refuse(`frames of at most ${LARGEST_UNPACKED} bytes`, `${rows} rows x ${cols} columns x ${metadata.size} bytes`)
  }
  if (shape.length === 3 && shape[0] > mostFrames) refuse(`at most ${mostFrames} frames`, String(shape[0]))
  const chunk = (metadata.chunks ?? []).reduce((product, extent) => product * extent, metadata.size)
  if (chunk > LARGEST_UNPACKED) refuse(`chunks of at most ${LARGEST_UNPACKED} bytes`, `${chunk} bytes`)
  assertStored(file, place, entity, 0)
  const stored = file.layout(place, entity)
  if (stored === null) return refuse('a type and a layout that stand in the file itself', 'shared ones')
  if (stored.oddFloat) refuse('floats of IEEE 754', 'others')
  if (stored.place === 'external') refuse('values in the file itself', 'values in other files')
  if (!stored.written) refuse('frames that were written', 'a dataset of which no byte ever was')
  return { shape, type, packed: stored.packed, place: stored.place }
}

/** Without axes of one value before rows and columns; null: what is left are not frames. */
export function frameShape(extents: readonly number[]): readonly number[] | null {
  if (extents.length < 2) return null
  if (extents.length <= 3) return extents
  const stacked = extents.slice(0, -2).filter((extent) => extent !== 1)
  return stacked.length > 1 ? null : [stacked[0] ?? 1, ...extents.slice(-2)]
}

/** What a pixel may be; null: something else. */
export function pixelTypeOfDataset({ type, size, signed, vlen }: Dataset['metadata']): PixelType | null {
  if (vlen) return null
  if (type === 0 && (size === 1 || size === 2 || size === 4)) return `${signed ? 'i' : 'u'}${(size * 8) as 8 | 16 | 32}`
  if (type === 1 && (size === 4 || size === 8)) return `f${(size * 8) as 32 | 64}`
  return null
}

/** A virtual dataset whose source is missing reads as zeros, a filter that is missing as whatever stood in memory. */
function assertStored(file: Hdf5File, place: string, dataset: Dataset, depth: number): void {
  const { metadata, filters, path } = dataset
  const foreign = filters.filter(({ id }) => id < 1 || id > lastBuiltIn)
  if (foreign.length > 0) {
    const received = foreign.map(({ id, name }) => `${name || 'unnamed'} (${id})`).join(', ')
    throw new FormatError({ file: file.name, expected: `filters of HDF5 itself (deflate, shuffle, fletcher32, szip) at ${path}`, received })
  }
  for (const { file_name: target, dset_name: inner } of metadata.virtual_sources ?? []) {
    const source = depth < mostNested && !`${target}${inner}`.includes('%') ? sourceOf(file, place, target, inner) : null
    if (source === null) {
      const received = `${inner} of ${target}, which is none that can be found`
      throw new FormatError({ file: file.name, expected: `datasets as sources of the virtual one at ${path}`, received })
    }
    assertStored(file, source.place, source.entity, depth + 1)
  }
  const held = file.folder.seen()
  const packed = filters.length > 0 || metadata.virtual_sources !== undefined
  const claimed = metadata.size * metadata.total_size
  if (claimed <= held * (packed ? LARGEST_DEFLATE_RATIO : 1)) return
  throw new FormatError({
    file: file.name,
    expected: `at ${path} no more than ${held} bytes of file can hold`,
    received: `a claim of ${claimed} bytes`
  })
}

function sourceOf(file: Hdf5File, place: string, target: string, inner: string): Hdf5Member<Dataset> | null {
  const found = file.member(target === '.' ? place : file.folder.follow(place, target), inner)
  return found?.entity instanceof file.library.Dataset ? (found as Hdf5Member<Dataset>) : null
}

const kinds = [
  'integers',
  'floats',
  'times',
  'texts',
  'bit fields',
  'opaque values',
  'compounds',
  'references',
  'enumerations',
  'lists',
  'arrays'
]

function nameOf({ type, size }: Dataset['metadata']): string {
  return `${kinds[type] ?? 'unknown values'} of ${size} bytes`
}
