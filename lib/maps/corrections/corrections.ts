import type { RowReference } from './row-reference.js'

/** What a calibration can hold beside its maps: one optional group per further correction. */
export interface Corrections {
  /** Level of each row, from shielded columns; absent: none. */
  readonly rowReference?: RowReference
}
