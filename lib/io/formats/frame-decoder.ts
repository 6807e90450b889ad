import type { PixelData, PixelType } from '../../frame/pixel-data.js'

/** Encodings of packed pixels for which a codec can be given. */
export type CodecName = 'jpeg-lossless' | 'jpeg-ls' | 'jpeg-2000' | 'htj2k'

/** What the file says of a packed frame. */
export interface PackedFrame {
  readonly rows: number
  readonly cols: number
  /** Of the values that are to be returned. */
  readonly type: PixelType
  /** Bits that belong to a pixel, from the lowest. */
  readonly bitsStored: number
}

/**
 * A codec: from the codestream of one frame (for DICOM, one byte of padding may stand behind it) to its rows * cols values, in a typed
 * array of `type`. Size, components and depth that the codestream states have been held against those of the file before. What it throws
 * becomes the cause of an ERR_FORMAT.
 */
export type FrameDecoder = (codestream: Uint8Array, frame: PackedFrame) => PixelData | Promise<PixelData>

/** Codecs by what they unpack. */
export type FrameDecoders = { readonly [codec in CodecName]?: FrameDecoder }
