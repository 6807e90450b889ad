import { compareDefects } from '../../../quality/defects/compare-defects.js'
import { reportDefectChanges } from '../../../report/report-defect-changes.js'
import { EXIT } from '../../exit-code-of.js'
import type { Terminal } from '../../terminal.js'
import { mapOptions } from './map-options.js'
import type { MapOptions } from './map-options.js'
import { openMap } from './open-map.js'

/** Options of `flatpanel defects compare`, as the argument parser gives them. */
export interface CompareCommandOptions extends MapOptions {
  readonly before: string
  readonly after: string
  readonly origin?: readonly [number, number]
  readonly beforeDate?: string
  readonly afterDate?: string
  readonly midline?: number
  readonly failOnNew?: number
}

/** `flatpanel defects compare`: what came, went and stayed between two dates, and what to do about it. */
export async function runCompare(options: CompareCommandOptions, terminal: Terminal): Promise<number> {
  const { before: beforeFile, after: afterFile, origin, midline = null, failOnNew } = options
  const before = await openMap(beforeFile, mapOptions(options), terminal)
  const after = await openMap(afterFile, mapOptions(options), terminal)
  const changes = compareDefects(before.defects, after.defects, {
    origin,
    midline,
    beforeDate: options.beforeDate ?? before.date,
    afterDate: options.afterDate ?? after.date
  })
  const passed = failOnNew === undefined ? null : changes.defects.added <= failOnNew
  terminal.print(reportDefectChanges(changes, { before: beforeFile, after: afterFile }, failOnNew))
  terminal.document({ schema: 'flatpanel.defects.compare/1', beforeFile, afterFile, ...changes, failOnNew: failOnNew ?? null, passed })
  return passed === false ? EXIT.limits : EXIT.done
}
