/**
 * The mode in which a panel was read. What was never stated is absent, and absent is compared with nothing: it never
 * counts as equal.
 */
export interface FrameMode {
  /** Binning as rows x columns, for instance `1x1`, `2x2`. */
  readonly binning?: string
  /** Name or number of the gain range. */
  readonly gainRange?: string
  /** Integration time in ms. */
  readonly integrationTime?: number
  /** Frames per second. */
  readonly frameRate?: number
  /** Read-out region of interest, free text such as `0,0,3072,3072`. */
  readonly readoutRegion?: string
}

/** What a frame was taken for, where the file says so: `image_key` of NeXus, the datasets of Data Exchange. */
export type FrameRole = 'dark' | 'flat' | 'projection'

/** What somebody may already have done to a frame, in the words of every format. */
export type FrameCorrection = 'offset' | 'gain' | 'defects' | 'lines' | 'lag' | 'linearity' | 'other'

/** What is known of a frame beside its pixels. Everything may be absent: unknown. */
export interface FrameInfo {
  /** Where it came from, for messages and provenance: `darks/d3.tif`, or `darks/stack.tif page 4`. */
  readonly name?: string
  /** SHA-256 (hex) over pixel type, shape and little-endian pixel values; see `hashFrame` in flatpanel/io. */
  readonly sha256?: string
  readonly mode?: FrameMode
  /** Serial number of the panel. */
  readonly serialNumber?: string
  /** Tube voltage in kV. */
  readonly kilovolts?: number
  /** Tube current in mA. */
  readonly milliamps?: number
  /** Beam filter, free text such as `21 mm Al`. */
  readonly filter?: string
  /** Panel temperature in degrees Celsius. */
  readonly temperature?: number
  /** Significant bits of a pixel, from the lowest, such as 14 in a `u16`. */
  readonly bitsUsed?: number
  /** Frames that were averaged or summed into this one by whoever wrote it. */
  readonly framesAveraged?: number
  /** Distance of pixels in mm, [between rows, between columns]. */
  readonly pixelPitch?: readonly [number, number]
  readonly role?: FrameRole
  /** When it was taken, ISO 8601. */
  readonly time?: string
  /**
   * Corrections already applied by whoever wrote the frame. Empty: the file says that there were none; absent: it does not say.
   * A frame with any is refused for calibration and correction unless that is allowed by name.
   */
  readonly corrections?: readonly FrameCorrection[]
  /** By which the file says that stored values become its maker's unit, stored * slope + intercept; values are returned as stored. */
  readonly rescale?: { readonly slope: number; readonly intercept: number }
  /** True when the file says that 0 is white; stored values are returned as stored. */
  readonly minIsWhite?: boolean
  /** True when by the file's convention the first row is the lowest; rows are returned in the order in which they are stored. */
  readonly firstRowLowest?: boolean
}
