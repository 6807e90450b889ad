/** The pixels of a corrected frame whose values were made from others. Plain data; measurements leave these pixels out. */
export interface PixelRepairs {
  /** Their indices, ascending. */
  readonly pixels: Uint32Array
  /**
   * Noise variance of each over that of one good pixel: the sum of the squared weights of its sources (white noise). Below 1:
   * a repaired pixel is quieter than it should be. NaN where a frame had no finite pixel to take a value from.
   */
  readonly varianceFactors: Float32Array
  /** 1: repaired with trust; 0: filled for display only. */
  readonly trusted: Uint8Array
}
