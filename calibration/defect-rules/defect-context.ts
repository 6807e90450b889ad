import type { Shape } from '../../lib/frame/shape.js'
import type { DefectMap } from '../../lib/maps/maps.js'
import type { DecayFrames, StackSummary } from '../stack-summary.js'
import type { ExpectedNoise } from './expected-noise.js'
import type { ResolvedDefectOptions } from './resolve-defect-options.js'

/** What one rule looked for and found. */
export interface DefectRuleRecord {
  /** The defect class, and the stack where that matters: `noisy (flats 1)`. */
  readonly name: string
  /** Limit in use; null: the rule was not applied (a warning says why). */
  readonly threshold: number | null
  /** Unit of the threshold. */
  readonly unit: string
  /** Standard or paper that the rule follows. */
  readonly source: string
  /** Pixels that meet the rule, whether or not another rule found them too. */
  readonly found: number
  /** Smallest deviation that these frames can show to half of the pixels, in the unit of the threshold. */
  readonly smallestVisible?: number
  /** Smallest true deviation that the rule finds in 99.5 % of the pixels that have it, in the same unit. */
  readonly reliablyFound?: number
}

/** What the rules share. Each rule ORs flags into `defects` and appends to `rules` and `warnings`; nothing else changes. */
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
  /** Panel median of the signal of each flat level, DN. */
  readonly levels: readonly number[]
  /** Step of the raw values, DN; 0: none. */
  readonly quantum: number
  readonly rules: DefectRuleRecord[]
  readonly warnings: string[]
  /** Filled before the rules on noise. */
  noise: ExpectedNoise | null
}
