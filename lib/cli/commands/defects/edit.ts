import { CalibrationError, OptionError } from '../../../errors.js'
import { lockFile } from '../../../io/lock-file.js'
import type { Shape } from '../../../frame/shape.js'
import type { DefectClass } from '../../../maps/defect-flags.js'
import { BAD_PIXEL_BITS } from '../../../maps/defect-flags.js'
import type { DefectEntry } from '../../../maps/layers/defect-layers.js'
import { sortLayers } from '../../../maps/layers/sort-layers.js'
import { reportDefectEdit } from '../../../report/report-defect-edit.js'
import { EXIT } from '../../exit-code-of.js'
import type { PanelArea } from '../../parse-defect-options.js'
import type { Terminal } from '../../terminal.js'
import { editAuthor } from './edit-author.js'
import { openEditTarget } from '../../../jobs/calibrate/open-edit-target.js'
import type { EditTarget } from '../../../jobs/calibrate/open-edit-target.js'
import { saveEditTarget } from './save-edit-target.js'

/** Options of `flatpanel defects add` and `remove`, as the argument parser gives them. */
export interface EditCommandOptions {
  readonly action: 'add' | 'remove'
  readonly file: string
  readonly areas: readonly PanelArea[]
  readonly class?: readonly DefectClass[]
  readonly reason: string
  readonly author?: string
  readonly date?: string
  readonly archive?: boolean
}

/** `flatpanel defects add` and `remove`: an entry in the user layer for each area; what is there stays. */
export async function runEdit(options: EditCommandOptions, terminal: Terminal): Promise<number> {
  // read, change and write without another edit between
  return lockFile(options.file, () => edit(options, terminal), { signal: terminal.signal })
}

async function edit(options: EditCommandOptions, terminal: Terminal): Promise<number> {
  const { action, file, areas, reason, archive } = options
  const facts = { author: editAuthor(options.author), date: options.date ?? new Date().toISOString(), reason }
  const target = await openEditTarget(file)
  const classes = options.class ?? (action === 'add' ? (['user'] as const) : [])
  const entries = areas.map((area): DefectEntry => ({ action, region: regionOf(area, target.layers.shape), classes, ...facts }))
  if (action === 'remove') entries.forEach((entry) => assertSomething(target, entry))
  const layers = sortLayers({ ...target.layers, user: [...target.layers.user, ...entries] })
  const check = ({ withoutGain }: { withoutGain: readonly number[] }): void => assertGain(file, withoutGain, entries, target.layers.shape)
  const saved = await saveEditTarget(target, layers, { archive, check }, terminal)
  const { defects: _, ...counts } = saved
  terminal.print(reportDefectEdit({ ...counts, entries }))
  terminal.document({ schema: 'flatpanel.defects.edit/1', ...counts, entries })
  return EXIT.done
}

function regionOf(area: PanelArea, shape: Shape): DefectEntry['region'] {
  const region = area(shape)
  if (region.row + region.rows <= shape[0] && region.col + region.cols <= shape[1]) return region
  throw new OptionError({
    subject: 'area',
    expected: `rows from 0 to ${shape[0] - 1} and columns from 0 to ${shape[1] - 1}`,
    received: JSON.stringify(region)
  })
}

/** A veto of nothing is a slip of the coordinates. */
function assertSomething({ defects, layers }: EditTarget, { region }: DefectEntry): void {
  const { row, col, rows, cols } = region
  for (let r = row; r < row + rows; r++) {
    for (let c = col; c < col + cols; c++) if ((defects.data[r * layers.shape[1] + c] & BAD_PIXEL_BITS) !== 0) return
  }
  throw new CalibrationError({
    subject: `area ${row},${col} (${rows} x ${cols})`,
    expected: 'a bad pixel to remove',
    received: 'good pixels only'
  })
}

function assertGain(file: string, withoutGain: readonly number[], entries: readonly DefectEntry[], shape: Shape): void {
  const inside = withoutGain.filter((i) =>
    entries.some(({ region: { row, col, rows, cols } }) => {
      const [r, c] = [Math.floor(i / shape[1]), i % shape[1]]
      return r >= row && r < row + rows && c >= col && c < col + cols
    })
  )
  if (inside.length === 0) return
  const [first] = inside
  throw new CalibrationError({
    subject: `${file}: pixel [${Math.floor(first / shape[1])}, ${first % shape[1]}]`,
    expected: 'a gain, without which no pixel can be good',
    received: `none; ${inside.length} pixels of the areas have no gain: calibrate again to get one`
  })
}
