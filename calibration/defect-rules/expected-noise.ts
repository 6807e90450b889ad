/** Single-frame sd that a good pixel at that place and signal has, DN; null for a stack of one frame. */
export interface ExpectedNoise {
  readonly darks: Float32Array | null
  readonly flats: readonly (Float32Array | null)[]
}
