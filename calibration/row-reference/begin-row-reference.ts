import { assertShape } from '../../lib/frame/assert-shape.js'
import type { RowReference } from '../../lib/maps/corrections/row-reference.js'
import type { DefectMap, OffsetMap } from '../../lib/maps/maps.js'
import type { CalibrateOptions } from '../calibrate-options.js'
import type { TriageResult } from '../stacks/judge-stack.js'
import type { OpenStack } from '../stacks/open-stack.js'
import type { StackSummary } from '../stack-summary.js'
import { assertNoLight } from './assert-no-light.js'
import { chooseReferencePixels, fitRowReference } from './fit-row-reference.js'
import { measureRowLevels } from './measure-row-levels.js'
import type { RowLevels } from './measure-row-levels.js'
import { assertReferenceColumns, flagReferenceColumns } from './assert-reference-columns.js'
import type { ColumnRanges } from './assert-reference-columns.js'

/** A row reference whose stacks come one after the other. */
export interface RowReferenceFit {
  /** Flags that the rules begin with: those of the user, and what is not exposed. */
  readonly flags: DefectMap
  /** Look at the flats of a level, while their frames are there. */
  addFlats(stack: OpenStack, triage: TriageResult): Promise<void>
  /**
   * @param midline first row of the lower half; null: read as a whole
   * @throws {StackError} ERR_STACK as `fitRowReference` and `assertNoLight`
   */
  finish(midline: number | null): { readonly rowReference: RowReference; readonly warnings: readonly string[] }
}

/**
 * Begin to fit the row reference of a calibration with its darks.
 * @throws {OptionError} ERR_OPTION as `assertReferenceColumns`
 * @throws {StackError} ERR_STACK as `chooseReferencePixels`
 */
export async function beginRowReference(
  options: CalibrateOptions,
  given: ColumnRanges,
  { stack, triage }: { readonly stack: OpenStack; readonly triage: TriageResult },
  darks: StackSummary,
  offset: OffsetMap
): Promise<RowReferenceFit> {
  const columns = assertReferenceColumns(given, darks.shape)
  const { userFlags = null } = options.defectRules ?? {}
  if (userFlags !== null) assertShape('user flags', userFlags, darks.shape)
  const flags = flagReferenceColumns(columns, darks.shape, userFlags)
  const use = chooseReferencePixels(darks, columns, flags)
  const measure = (of: OpenStack, kept: readonly number[]): Promise<RowLevels> => measureRowLevels(of, kept, offset.data, use, options)
  const inDarks = await measure(stack, triage.kept)
  const inFlats: RowLevels[] = []
  return {
    flags,
    addFlats: async (flats, { kept }) => {
      inFlats.push(await measure(flats, kept))
    },
    finish: (midline) => {
      const warnings = assertNoLight(inFlats)
      return { rowReference: fitRowReference(inDarks, darks, columns, use, midline), warnings }
    }
  }
}
