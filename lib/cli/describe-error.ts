import { isDetectorError } from '../errors.js'

/** An error as the JSON document of the command: `{ schema, error: { code, message, ... } }`. */
export interface ErrorDocument {
  readonly schema: 'flatpanel.error/1'
  readonly error: {
    readonly code: string
    readonly message: string
    readonly subject: string | null
    readonly expected: string | null
    readonly received: string | null
  }
}

/** One line for people: the code, then subject, expected, received. */
export function describeError(error: unknown): string {
  const { code, message } = errorDocument(error).error
  return `flatpanel: ${code}: ${message.replace(/\s*\n\s*/g, '; ')}`
}

/** The same for programs. */
export function errorDocument(error: unknown): ErrorDocument {
  if (isDetectorError(error)) {
    const { code, message, subject, expected, received } = error
    return { schema: 'flatpanel.error/1', error: { code, message, subject, expected, received } }
  }
  const message = error instanceof Error ? error.message : String(error)
  return {
    schema: 'flatpanel.error/1',
    error: {
      code: 'ERR_INTERNAL',
      message: `this is a fault of flatpanel, please report it: ${message}`,
      subject: null,
      expected: null,
      received: null
    }
  }
}
