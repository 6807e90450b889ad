import type { Dataset, Group } from 'h5wasm'

const text = 3
const longestText = 65_536

/** The text of a dataset, trimmed; null where there is none, or something else. */
export function readText(dataset: Dataset): string | null {
  return isText(dataset.metadata) ? textOf(dataset.value) : null
}

/** The text of an attribute, trimmed; null where there is none, or something else. */
export function readTextAttribute(owner: Group | Dataset, name: string): string | null {
  const attribute = owner.attrs[name]
  return attribute !== undefined && isText(attribute.metadata) ? textOf(attribute.value) : null
}

function isText({ type, total_size: count, shape, size, vlen }: Dataset['metadata']): boolean {
  return type === text && shape !== null && count === 1 && (vlen || size <= longestText)
}

function textOf(value: unknown): string | null {
  const found: unknown = Array.isArray(value) ? value[0] : value
  return typeof found === 'string' && found.trim() !== '' ? found.trim() : null
}
