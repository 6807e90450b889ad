import { formatDefectsText } from '../../../io/defects/format-defects-text.js'
import { countDefects } from '../../../maps/count-defects.js'
import { countLayers } from '../../../maps/layers/count-layers.js'
import type { LayerName } from '../../../maps/layers/defect-layers.js'
import { nameDefects } from '../../../maps/name-defects.js'
import { reportDefectList } from '../../../report/report-defect-list.js'
import { EXIT } from '../../exit-code-of.js'
import type { Terminal } from '../../terminal.js'
import { mapOptions } from './map-options.js'
import type { MapOptions } from './map-options.js'
import { openMap } from './open-map.js'

/** Options of `flatpanel defects list`, as the argument parser gives them. */
export interface ListCommandOptions extends MapOptions {
  readonly file: string
  readonly entries?: boolean
  readonly layer?: LayerName
  readonly midline?: number
}

/** `flatpanel defects list`: layers, classes, clusters and lines of a map, or its entries. */
export async function runList(options: ListCommandOptions, terminal: Terminal): Promise<number> {
  const { file, midline = null } = options
  const { format, defects, layers, date } = await openMap(file, mapOptions(options), terminal)
  if (options.entries === true && layers !== null) {
    const lines = formatDefectsText(layers).split('\n').slice(3, -1)
    // A form that programs read: a line is an entry, however long.
    for (const line of lines) if (options.layer === undefined || line.startsWith(`${options.layer} `)) terminal.print(line)
  }
  const named = nameDefects(defects, { midline })
  const counts = countDefects(defects)
  const layered = layers && countLayers(layers)
  const serialNumber = layers?.serialNumber ?? null
  const facts = { file, format, date, serialNumber, named, counts, layers: layered, edits: layers?.user ?? [] }
  if (options.entries !== true) terminal.print(reportDefectList(facts))
  terminal.document({
    schema: 'flatpanel.defects.list/1',
    file,
    format,
    date,
    shape: defects.shape,
    serialNumber,
    classes: counts,
    layers: layered,
    factory: layers?.factory ?? null,
    user: layers?.user ?? null,
    found: options.entries === true ? (layers?.found ?? null) : undefined,
    named
  })
  return EXIT.done
}
