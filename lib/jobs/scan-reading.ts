import type { FrameDecoders } from '../io/formats/frame-decoder.js'
import type { FormatName } from '../io/formats/frame-format.js'
import type { RawLayout } from '../io/formats/raw.js'

/** How the files of a scan are read. */
export interface ScanReading {
  /**
   * Read every file as this format.
   * @default undefined: formats are recognised by content
   */
  readonly format?: FormatName
  /**
   * Read every file as headerless raw of this layout.
   * @default undefined: not raw
   */
  readonly raw?: RawLayout
  /**
   * Codecs for pixels that this library does not unpack itself, as for `readFrames`.
   * @default {}
   */
  readonly decoders?: FrameDecoders
  /**
   * Take frames that state that they were corrected already.
   * @default false: they are refused with ERR_MODE
   */
  readonly allowCorrected?: boolean
}

/** The part of the options that `readFrames` and `countFrames` take. */
export function scanReading({ format, raw, decoders }: ScanReading): Pick<ScanReading, 'format' | 'raw' | 'decoders'> {
  return { format, raw, decoders }
}
