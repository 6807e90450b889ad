import { FormatError } from '../../errors.js'

/**
 * Bytes as UTF-8 text.
 * @param file name for messages
 * @throws {FormatError} ERR_FORMAT when they are none
 */
export function decodeText(file: string, bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch (cause) {
    throw new FormatError({ file, expected: 'text in UTF-8', received: 'other bytes', cause })
  }
}
