import type { Dataset } from 'h5wasm'
import { readTextAttribute } from './read-text.js'

/** Numbers beside the frames, and their units as they stand there. */
export interface Hdf5Numbers {
  readonly values: readonly number[]
  readonly units: string | null
}

const integer = 0
const float = 1
const enumeration = 8

/**
 * The numbers of a small dataset; truth values are 0 and 1.
 * @param most how many there may be
 * @returns null when they are no numbers, or more
 */
export function readNumbers(dataset: Dataset, most: number): Hdf5Numbers | null {
  const { type, size, shape, total_size: count } = dataset.metadata
  const isNumber = [integer, float, enumeration].includes(type) && size <= 8 && !(type === float && size < 4)
  if (!isNumber || shape === null || count < 1 || count > most) return null
  const stored = dataset.value as number | bigint | ArrayLike<number | bigint>
  return { values: typeof stored === 'object' ? Array.from(stored, Number) : [Number(stored)], units: readTextAttribute(dataset, 'units') }
}
