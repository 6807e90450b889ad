import { FormatError, OptionError } from '../../../errors.js'
import type { PixelData } from '../../../frame/pixel-data.js'
import { pixelTypeOf } from '../../../frame/pixel-type-of.js'
import type { CodecName, FrameDecoder } from '../frame-decoder.js'
import { pixelTypeFacts } from '../pixel-type-facts.js'
import type { DicomLayout } from './dicom-layout.js'
import { readCodestreamSize } from './read-codestream-size.js'

/**
 * Unpack a frame with the codec of the caller. What the codestream states of its size is held against the data set before the codec sees
 * it, so that it never unpacks more than a frame; what it returns is checked and copied.
 * @param place of the codestream, for messages
 * @returns rows * cols values
 * @throws {FormatError} ERR_FORMAT when the codestream is of another size, or the codec throws
 * @throws {OptionError} ERR_OPTION when the codec returns something else than the values of a frame
 */
export async function decodeCodestream(
  codestream: Uint8Array,
  layout: DicomLayout,
  { name, decoder }: { name: CodecName; decoder: FrameDecoder },
  place: { file: string; offset: number }
): Promise<PixelData> {
  const { rows, cols, type, width, bitsStored } = layout
  const size = readCodestreamSize(codestream, name)
  const expected = `a codestream of ${rows} rows x ${cols} columns, one component of at most ${8 * width} bits`
  if (typeof size === 'string') throw new FormatError({ ...place, expected, received: size })
  if (size.rows !== rows || size.cols !== cols || size.components !== 1 || size.bits > 8 * width) {
    const received = `${size.rows} x ${size.cols}, components: ${size.components}, bits: ${size.bits}`
    throw new FormatError({ ...place, expected, received })
  }
  const data = await decode(decoder, codestream, { rows, cols, type, bitsStored }, place, name)
  const subject = `option "decoders": ${name}`
  const received = ArrayBuffer.isView(data) && !(data instanceof DataView) ? `${data.length} of ${pixelTypeOf(data)}` : typeof data
  if (received !== `${rows * cols} of ${type}`)
    throw new OptionError({ subject, expected: `a function that gives ${rows * cols} values of ${type}`, received })
  // a copy: it may lie in memory that the codec uses again
  const copy = pixelTypeFacts[type].create(rows * cols)
  copy.set(data)
  return copy
}

async function decode(
  decoder: FrameDecoder,
  codestream: Uint8Array,
  frame: Parameters<FrameDecoder>[1],
  place: { file: string; offset: number },
  name: CodecName
): Promise<PixelData> {
  try {
    return await decoder(codestream, frame)
  } catch (cause) {
    throw new FormatError({
      ...place,
      expected: `a frame that the decoder of ${name} unpacks`,
      received: cause instanceof Error ? cause.message : String(cause),
      cause
    })
  }
}
