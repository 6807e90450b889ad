import { OptionError } from '../errors.js'
import type { CodecName, FrameDecoders } from './formats/frame-decoder.js'

const names: readonly CodecName[] = ['jpeg-lossless', 'jpeg-ls', 'jpeg-2000', 'htj2k']

/**
 * Codecs that a caller gives are functions, by names that are known.
 * @throws {OptionError} ERR_OPTION
 */
export function assertDecoders(decoders: FrameDecoders): void {
  const subject = 'option "decoders"'
  if (typeof decoders !== 'object' || decoders === null) {
    throw new OptionError({ subject, expected: `functions by name: ${names.join(', ')}`, received: String(decoders) })
  }
  for (const [name, decoder] of Object.entries(decoders)) {
    if (!(names as readonly string[]).includes(name))
      throw new OptionError({ subject, expected: `names of ${names.join(', ')}`, received: name })
    if (decoder !== undefined && typeof decoder !== 'function') {
      throw new OptionError({ subject: `${subject}: ${name}`, expected: 'a function', received: typeof decoder })
    }
  }
}
