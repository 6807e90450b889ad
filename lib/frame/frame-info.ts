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
  /** Beam filter, free text such as `21 mm Al`. */
  readonly filter?: string
  /** Panel temperature in degrees Celsius. */
  readonly temperature?: number
  /** When it was taken, ISO 8601. */
  readonly time?: string
  /** Corrections already applied by whoever wrote the frame: `offset`, `gain`, `defects`. */
  readonly corrections?: readonly string[]
  /** True when the file says that 0 is white; stored values are returned as stored. */
  readonly minIsWhite?: boolean
}
