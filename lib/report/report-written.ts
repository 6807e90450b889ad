import type { Block } from './blocks/block.js'

/**
 * Report where the result of a command lies.
 * @param path what was written
 * @param archived where the calibration of before is now; null: there was none
 */
export function reportWritten(path: string, archived: string | null = null): Block[] {
  const written: Block = { kind: 'note', text: `written: ${path}` }
  return archived === null ? [written] : [written, { kind: 'note', text: `kept: ${archived} (the calibration before this one)` }]
}
