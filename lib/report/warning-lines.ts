/** Warnings as lines with a heading; no line from none. */
export function warningLines(warnings: readonly string[]): string[] {
  return warnings.length === 0 ? [] : ['', 'warnings', ...warnings.map((warning) => `  - ${warning}`)]
}
