/**
 * A result as plain JSON: typed arrays become arrays, and a number that is not finite becomes null with a reason beside it, in the
 * `unknown` of its object. JSON has no NaN, and a null without a reason would be taken for "not measured".
 */
export function finiteDocument(value: unknown): unknown {
  if (ArrayBuffer.isView(value)) return Array.from(value as unknown as ArrayLike<number>, finiteOrNull)
  if (Array.isArray(value)) return value.map((item: unknown) => (typeof item === 'number' ? finiteOrNull(item) : finiteDocument(item)))
  if (typeof value !== 'object' || value === null) return typeof value === 'number' ? finiteOrNull(value) : value
  const lost: Record<string, string> = {}
  const plain: Record<string, unknown> = {}
  for (const [name, field] of Object.entries(value)) {
    if (field === undefined) continue
    plain[name] = finiteDocument(field)
    const count = countLost(field)
    if (count > 0) lost[name] = typeof field === 'number' ? 'not a finite number' : `${count} of its values are not finite`
  }
  if (Object.keys(lost).length > 0) plain.unknown = { ...lost, ...(plain.unknown as object | undefined) }
  return plain
}

function finiteOrNull(value: number): number | null {
  return Number.isFinite(value) ? value : null
}

function countLost(field: unknown): number {
  if (typeof field === 'number') return Number.isFinite(field) ? 0 : 1
  if (!ArrayBuffer.isView(field) && !Array.isArray(field)) return 0
  let count = 0
  for (const item of field as ArrayLike<unknown>[] | unknown[]) if (typeof item === 'number' && !Number.isFinite(item)) count++
  return count
}
