import { ShapeError } from '../errors.js'
import type { Shape } from './shape.js'

/**
 * Assert that a frame or map has the expected shape and as many values as its shape says.
 * @param subject what is checked, for the message: `raw frame`, `offset map`
 * @throws {ShapeError} ERR_SHAPE
 */
export function assertShape(
  subject: string,
  received: { readonly data: { readonly length: number }; readonly shape: readonly number[] },
  expected?: Shape
): void {
  const [rows, cols] = received.shape
  if (received.shape.length !== 2 || !isPositiveInteger(rows) || !isPositiveInteger(cols)) {
    throw new ShapeError({ subject, expected: 'shape [rows, cols] of positive integers', received: describe(received.shape) })
  }
  if (expected && (rows !== expected[0] || cols !== expected[1])) {
    throw new ShapeError({ subject, expected: `shape ${describe(expected)}`, received: describe(received.shape) })
  }
  if (received.data.length !== rows * cols) {
    throw new ShapeError({
      subject,
      expected: `${rows * cols} values for shape ${describe(received.shape)}`,
      received: String(received.data.length)
    })
  }
}

function isPositiveInteger(value: number | undefined): boolean {
  return Number.isSafeInteger(value) && value! > 0
}

function describe(shape: readonly number[]): string {
  return `[${shape.join(', ')}]`
}
