/** What the kernel of a step works with beside the values of a frame. Fields that a step has no use for are empty, or 0. */
export interface StepOperand {
  /** One value per pixel, from the calibration: the same for every frame. */
  readonly map: Float32Array
  /** One value per pixel that is kept from frame to frame. */
  readonly state: Float32Array
  /** One value per row, measured from every frame. */
  readonly rows: Float32Array
  /** A float32 value, measured from every frame. */
  scalar: number
  /** Columns of the frame. */
  readonly cols: number
}
