/** Where a packed block stands, for messages. */
export interface BlockPlace {
  readonly file: string
  readonly offset: number
}
