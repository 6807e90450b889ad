import { entriesOfMap } from '../../../maps/layers/entries-of-map.js'
import { readDefects } from '../../../io/defects/read-defects.js'
import { writeDefects } from '../../../io/defects/write-defects.js'
import type { WriteDefectsOptions } from '../../../io/defects/write-defects.js'
import { badPixels } from '../../../maps/bad-pixels.js'
import { completeDefects } from '../../../maps/layers/complete-defects.js'
import { reportWritten } from '../../../report/report-written.js'
import { EXIT } from '../../exit-code-of.js'
import type { Terminal } from '../../terminal.js'
import { mapOptions } from './map-options.js'
import type { MapOptions } from './map-options.js'

/** Options of `flatpanel defects export`, as the argument parser gives them. */
export interface ExportCommandOptions extends MapOptions {
  readonly file: string
  readonly out: string
  readonly format?: WriteDefectsOptions['format']
  readonly action?: WriteDefectsOptions['action']
  readonly setValue?: number
  readonly outBadValue?: number
  readonly outGoodValue?: number
  readonly force?: boolean
}

/** `flatpanel defects export`: the effective map in the form that another program reads, or the layers as text. */
export async function runExport(options: ExportCommandOptions, terminal: Terminal): Promise<number> {
  const { file, out, format, action, setValue, force } = options
  const read = await readDefects(file, mapOptions(options))
  for (const note of read.notes) terminal.say(`${file}: ${note}`)
  const layers = read.layers ?? {
    shape: read.defects.shape,
    serialNumber: null,
    factory: [],
    found: entriesOfMap(read.defects, { date: null, author: null, reason: `map of form ${read.format}` }),
    user: []
  }
  // Another program's list is handed on as it stands: a good pixel among bad ones is not added to it.
  if (read.format === 'text') completeDefects(read.defects)
  const values = { badValue: options.outBadValue, goodValue: options.outGoodValue, value: setValue }
  const written = await writeDefects(out, { defects: read.defects, layers }, { format, action, ...values, overwrite: force })
  const bad = badPixels(read.defects).reduce((sum, value) => sum + value, 0)
  terminal.print(reportWritten(`${out} (${written}, ${bad} bad pixels of ${read.defects.shape.join(' x ')})`))
  terminal.document({ schema: 'flatpanel.defects.export/1', file, out, format: written, shape: read.defects.shape, badPixels: bad })
  return EXIT.done
}
