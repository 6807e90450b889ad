import type { Dataset, Group } from 'h5wasm'

/** Numbers beside the frames, and their units as they stand there. */
export interface Hdf5Numbers {
  readonly values: readonly number[]
  readonly units: string | null
}

const integer = 0
const float = 1
const text = 3
const enumeration = 8
const longestText = 65_536

/**
 * The text of an attribute, trimmed; null where there is none, or something else.
 */
export function readTextAttribute(owner: Group | Dataset, name: string): string | null {
  const attribute = owner.attrs[name]
  if (attribute === undefined || !isText(attribute.metadata)) return null
  return textOf(attribute.value)
}

/** The text of a dataset, trimmed; null where there is none, or something else. */
export function readText(dataset: Dataset): string | null {
  return isText(dataset.metadata) ? textOf(dataset.value) : null
}

/**
 * The numbers of a small dataset; truth values are 0 and 1.
 * @param most how many there may be
 * @returns null when they are no numbers, or more
 */
export function readNumbers(dataset: Dataset, most: number): Hdf5Numbers | null {
  const { metadata } = dataset
  const { type, size, shape, total_size: count } = metadata
  const isNumber = [integer, float, enumeration].includes(type) && size <= 8 && !(type === float && size < 4)
  if (!isNumber || shape === null || count < 1 || count > most) return null
  const stored = dataset.value as number | bigint | ArrayLike<number | bigint>
  const values = typeof stored === 'object' ? Array.from(stored, Number) : [Number(stored)]
  return { values, units: readTextAttribute(dataset, 'units') }
}

function isText({ type, total_size: count, shape, size, vlen }: Dataset['metadata']): boolean {
  return type === text && shape !== null && count === 1 && (vlen || size <= longestText)
}

function textOf(value: unknown): string | null {
  const found: unknown = Array.isArray(value) ? value[0] : value
  return typeof found === 'string' && found.trim() !== '' ? found.trim() : null
}
