/** A box that deviates. */
export interface ArtefactHit {
  /** Its centre. */
  readonly row: number
  readonly col: number
  readonly scale: number
  readonly z: number
  readonly deviation: number
}
