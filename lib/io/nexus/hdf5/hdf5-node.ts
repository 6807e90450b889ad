/** Attributes are texts. */
export type Hdf5Attributes = Readonly<Record<string, string>>

/** One object of a file to be written. */
export type Hdf5Node = Hdf5Group | Hdf5Array | Hdf5Text | Hdf5ExternalLink

export interface Hdf5Group {
  readonly kind: 'group'
  readonly attributes: Hdf5Attributes
  /** A node that stands at several places is written once. */
  readonly children: Readonly<Record<string, Hdf5Node>>
}

export interface Hdf5Array {
  readonly kind: 'array'
  readonly attributes: Hdf5Attributes
  readonly data: Float32Array | Uint32Array | Float64Array
  /** []: a scalar. */
  readonly shape: readonly number[]
  /** Its bytes by runs of whole rows, shuffled and deflated; absent: as they stand. */
  readonly packed?: PackedRows
}

/** At most 64 chunks, which one node of an index holds. */
export interface PackedRows {
  readonly rowsOfChunk: number
  readonly chunks: readonly Uint8Array[]
}

export interface Hdf5Text {
  readonly kind: 'text'
  readonly text: string
}

/** An object of another file, which HDF5 looks for in the folder of this one. */
export interface Hdf5ExternalLink {
  readonly kind: 'external'
  readonly file: string
  readonly path: string
}
