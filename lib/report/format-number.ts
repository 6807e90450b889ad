/**
 * A number for people: whole numbers up to 15 digits as they are, others with `digits` significant digits and no exponent between 1e-4 and
 * 1e9; null is `unknown`.
 */
export function formatNumber(value: number | null, digits = 4): string {
  if (value === null) return 'unknown'
  if (Number.isSafeInteger(value)) return String(value)
  const size = Math.abs(value)
  if (!Number.isFinite(value)) return String(value)
  if (size < 1e-4 || size >= 1e9) return value.toExponential(digits - 1)
  const places = Math.max(0, digits - 1 - Math.floor(Math.log10(size)))
  return value.toFixed(places)
}

/** The number with its unit behind it; a plain ratio has none. */
export function formatQuantity(value: number | null, unit: string, digits = 4): string {
  return value === null || unit === '' ? formatNumber(value, digits) : `${formatNumber(value, digits)} ${unit}`
}
