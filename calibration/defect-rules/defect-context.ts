import type { Shape } from '../../lib/frame/shape.js'
import type { DefectRuleRecord } from '../../lib/maps/defect-finding.js'
import type { DefectMap } from '../../lib/maps/maps.js'
import type { DecayFrames, StackSummary } from '../stack-summary.js'
import type { ExpectedNoise } from './expected-noise.js'
import type { ResolvedDefectOptions } from './resolve-defect-options.js'
import type { ScratchMaps } from './scratch-maps.js'

export type { DefectRuleRecord }

/** What the rules share. Each rule flags pixels (by `flagPixel`) and appends to `rules` and `warnings`; nothing else changes. */
export interface DefectContext {
  readonly shape: Shape
  readonly darks: StackSummary
  readonly flats: readonly StackSummary[]
  /** null: none was given. */
  readonly decay: DecayFrames | null
  readonly options: ResolvedDefectOptions
  readonly defects: DefectMap
  /** 1 for each pixel that was bad before the present rule: it stays out of medians and fits. */
  readonly bad: Uint8Array
  /** Not 0 for each group of pixels of which some were flagged by the present rule. */
  readonly touched: Uint8Array
  /** Panel median of the signal of each flat level, DN. */
  readonly levels: readonly number[]
  /** Step of the raw values, DN; 0: none. */
  readonly quantum: number
  readonly scratch: ScratchMaps
  readonly rules: DefectRuleRecord[]
  readonly warnings: string[]
  /** Filled before the rules on noise. */
  noise: ExpectedNoise | null
}
