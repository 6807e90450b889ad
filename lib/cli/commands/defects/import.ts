import { ExistsError, OptionError } from '../../../errors.js'
import { readDefects } from '../../../io/defects/read-defects.js'
import type { ReadDefects } from '../../../io/defects/read-defects.js'
import { writeDefects } from '../../../io/defects/write-defects.js'
import { fileExists } from '../../../io/file-exists.js'
import { lockFile } from '../../../io/lock-file.js'
import { badPixels } from '../../../maps/bad-pixels.js'
import type { DefectLayers } from '../../../maps/layers/defect-layers.js'
import { entriesOfMap } from '../../../maps/layers/entries-of-map.js'
import { sortLayers } from '../../../maps/layers/sort-layers.js'
import { reportDefectImport } from '../../../report/report-defect-import.js'
import { EXIT } from '../../exit-code-of.js'
import type { Terminal } from '../../terminal.js'
import { editAuthor } from './edit-author.js'
import { openEditTarget } from '../../../jobs/calibrate/open-edit-target.js'
import { saveEditTarget } from './save-edit-target.js'
import { mapOptions } from './map-options.js'
import type { MapOptions } from './map-options.js'

/** Options of `flatpanel defects import`, as the argument parser gives them. */
export interface ImportCommandOptions extends MapOptions {
  readonly file: string
  readonly into: string
  readonly layer: 'factory' | 'user'
  readonly origin?: readonly [number, number]
  readonly replace?: boolean
  readonly reason: string
  readonly author?: string
  readonly date?: string
  readonly serial?: string
  readonly archive?: boolean
}

/** `flatpanel defects import`: the map of another program as entries of a layer. */
export async function runImport(options: ImportCommandOptions, terminal: Terminal): Promise<number> {
  // read, change and write without another edit between
  return lockFile(options.into, () => importMap(options, terminal), { signal: terminal.signal })
}

async function importMap(options: ImportCommandOptions, terminal: Terminal): Promise<number> {
  const { file, into, layer } = options
  const exists = await fileExists(into)
  const target = exists ? await openEditTarget(into) : null
  if (target === null && !/\.(defects|txt)$/i.test(into)) {
    throw new OptionError({
      subject: into,
      expected: 'an existing calibration, or a name ending in .defects or .txt to begin a text',
      received: 'no file'
    })
  }
  const { shape = target?.layers.shape, origin } = options
  const read = await readDefects(file, { ...mapOptions(options), shape, origin })
  for (const note of read.notes) terminal.say(`${file}: ${note}`)
  const entries = entriesOfMap(read.defects, {
    author: editAuthor(options.author),
    date: options.date ?? read.date ?? new Date().toISOString(),
    reason: options.reason
  })
  const layers = withEntries(target?.layers ?? emptyLayers(read, options), entries, options)
  const edit = target === null ? await begin(into, read, layers) : await saveEditTarget(target, layers, options, terminal)
  const pixels = badPixels(read.defects).reduce((sum, value) => sum + value, 0)
  terminal.print(reportDefectImport({ file, format: read.format, pixels, entries: entries.length, layer, into, ...edit }))
  terminal.document({
    schema: 'flatpanel.defects.import/1',
    file,
    format: read.format,
    into,
    layer,
    entries: entries.length,
    pixels,
    badBefore: edit.badBefore,
    badAfter: edit.badAfter,
    archived: edit.archived,
    notes: read.notes
  })
  return EXIT.done
}

function emptyLayers(read: ReadDefects, { serial }: ImportCommandOptions): DefectLayers {
  const serialNumber = serial ?? read.layers?.serialNumber ?? null
  return { shape: read.defects.shape, serialNumber, factory: [], found: [], user: [] }
}

function withEntries(layers: DefectLayers, entries: DefectLayers['user'], options: ImportCommandOptions): DefectLayers {
  const { into, layer, replace = false } = options
  if (layer === 'user') return sortLayers({ ...layers, user: [...layers.user, ...entries] })
  if (layers.factory.length > 0 && !replace) {
    const received = `${layers.factory.length} entries`
    throw new ExistsError({ subject: `${into}: factory layer`, expected: 'none yet (--replace puts this one in its place)', received })
  }
  return sortLayers({ ...layers, factory: entries })
}

interface Begun {
  readonly archived: null
  readonly badBefore: number
  readonly badAfter: number
}

async function begin(into: string, read: ReadDefects, layers: DefectLayers): Promise<Begun> {
  await writeDefects(into, { defects: read.defects, layers }, { format: 'text' })
  return { archived: null, badBefore: 0, badAfter: badPixels(read.defects).reduce((sum, value) => sum + value, 0) }
}
