const PATTERN = /^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?Z)?$/

/**
 * The time that a date states, in ms since 1970 UTC: a day (its first instant) or a time in UTC, after ISO 8601:
 * `2026-11-21`, `2026-11-21T05:49Z`, `2026-11-21T05:49:46.123Z`.
 * @returns null when the text is no such date, or names a day that is not (February 30)
 */
export function parseDate(text: string): number | null {
  const time = PATTERN.test(text) ? Date.parse(text) : NaN
  if (Number.isNaN(time)) return null
  return new Date(time).toISOString().slice(0, 10) === text.slice(0, 10) ? time : null
}
