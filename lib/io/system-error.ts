import { IoError } from '../errors.js'

/**
 * What the operating system refused, as an IoError that keeps the system's error as its cause.
 * @param subject path of the file or folder
 * @param expected what was wanted of it
 * @param received the caught error, or words
 */
export function systemError(subject: string, expected: string, received: unknown): IoError {
  if (typeof received === 'string') return new IoError({ subject, expected, received })
  const { code, message } = received as NodeJS.ErrnoException
  return new IoError({
    subject,
    expected,
    received: code === 'ENOENT' ? 'no such file or folder' : `${code} (${message})`,
    cause: received
  })
}
