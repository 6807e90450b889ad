import { writeDefects } from '../../../io/defects/write-defects.js'
import type { WriteDefectsOptions } from '../../../io/defects/write-defects.js'
import { completeDefects } from '../../../maps/layers/complete-defects.js'
import { entriesOfMap } from '../../../maps/layers/entries-of-map.js'
import { mergeDefects } from '../../../maps/layers/merge-defects.js'
import { version } from '../../../version.js'
import { reportDefectMerge } from '../../../report/report-defect-merge.js'
import { EXIT } from '../../exit-code-of.js'
import type { Terminal } from '../../terminal.js'
import { mapOptions } from './map-options.js'
import type { MapOptions } from './map-options.js'
import { openMap } from './open-map.js'

/** Options of `flatpanel defects merge`, as the argument parser gives them. */
export interface MergeCommandOptions extends MapOptions {
  readonly files: readonly string[]
  readonly rule?: 'and' | 'or' | 'fraction'
  readonly fraction?: number
  readonly out: string
  readonly format?: WriteDefectsOptions['format']
  readonly force?: boolean
}

/** `flatpanel defects merge`: one map out of the maps of several exposures. */
export async function runMerge(options: MergeCommandOptions, terminal: Terminal): Promise<number> {
  const { files, out, rule = 'or', fraction, format, force: overwrite } = options
  const read = []
  for (const file of files) read.push(await openMap(file, mapOptions(options), terminal))
  const { defects, needed, badInMaps, left } = mergeDefects(
    read.map((map) => map.defects),
    { rule, fraction }
  )
  const date = new Date().toISOString()
  const reason = `bad in at least ${needed} of ${files.length} maps`
  const found = entriesOfMap(defects, { date, author: `flatpanel ${version}`, reason })
  const serials = new Set(read.map(({ layers }) => layers?.serialNumber ?? null))
  const serialNumber = serials.size === 1 ? [...serials][0] : null
  completeDefects(defects)
  const layers = { shape: defects.shape, serialNumber, factory: [], found, user: [] }
  const written = await writeDefects(out, { defects, layers }, { ...options, format, overwrite })
  const kept = badInMaps.reduce((sum, count) => sum + count, 0) - left
  const facts = { files, rule, needed, badInMaps, left, kept, out, format: written }
  terminal.print(reportDefectMerge(facts))
  terminal.document({ schema: 'flatpanel.defects.merge/1', ...facts })
  return EXIT.done
}
