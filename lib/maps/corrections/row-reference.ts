/** Shielded columns that show the level with which each row was read, and how much of it is taken off. */
export interface RowReference {
  /** Shielded columns, half-open [from, to), in ascending order, without overlap. */
  readonly columns: readonly (readonly [number, number])[]
  /** Read-out halves by rows, half-open, together the whole panel; one where the panel is read as a whole. */
  readonly halves: readonly RowReferenceHalf[]
}

export interface RowReferenceHalf {
  readonly rows: readonly [number, number]
  /** One sigma of the level of a row in the darks, DN. */
  readonly rowNoise: number
  /** Shrinkage beta = s_row^2 / (s_row^2 + S^2 / n_d), 0 to 1. */
  readonly weight: number
}
