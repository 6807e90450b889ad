import type { Block } from './blocks/block.js'

/** What {@link reportDefectMerge} writes down. */
export interface DefectMergeFacts {
  readonly files: readonly string[]
  readonly rule: string
  readonly needed: number
  /** Pixels that are bad in exactly k + 1 maps. */
  readonly badInMaps: readonly number[]
  readonly kept: number
  readonly left: number
  readonly out: string
  readonly format: string
}

/** Report how maps were merged. */
export function reportDefectMerge({ files, rule, needed, badInMaps, kept, left, out, format }: DefectMergeFacts): Block[] {
  const rows = badInMaps.map((count, k) => [`bad in ${k + 1}`, String(count), k + 1 >= needed ? 'kept' : 'left out'])
  return [
    {
      kind: 'verdict',
      outcome: 'none',
      text: `merged: ${files.length} maps, rule ${rule}: ${kept} bad pixels (bad in at least ${needed} maps), ${left} left out`
    },
    { kind: 'table', rows, align: ['left', 'right', 'left'] },
    { kind: 'note', text: `written: ${out} (${format})` }
  ]
}
