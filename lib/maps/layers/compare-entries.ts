import type { DefectEntry } from './defect-layers.js'

/**
 * Order of entries within a layer: row, column, height, width, then time, action, classes, author, reason. A total order: equal
 * entries only compare as 0, so that a sorted layer has one form.
 * @returns below, at or above 0, for Array.prototype.sort
 */
export function compareEntries(a: DefectEntry, b: DefectEntry): number {
  const place = a.region.row - b.region.row || a.region.col - b.region.col || a.region.rows - b.region.rows || a.region.cols - b.region.cols
  return place || compareTexts(factsOf(a), factsOf(b))
}

function factsOf({ date, action, classes, author, reason }: DefectEntry): string[] {
  return [date ?? '', action, classes.join(), author === null ? '' : `"${author}`, reason]
}

/** By code units: the same on every machine, whatever its language. */
function compareTexts(a: readonly string[], b: readonly string[]): number {
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return a[i] < b[i] ? -1 : 1
  return 0
}
