/**
 * What libhdf5 says was wrong: the innermost line of its report.
 * @param error as it was thrown
 */
export function hdf5Reason(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error)
  const lines = message.split('\n').filter((line) => /^\s*#\d+:/.test(line))
  return lines.length === 0 ? message : lines[lines.length - 1].replace(/^.*line \d+ in /, '')
}
