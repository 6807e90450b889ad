import { ShapeError } from '../errors.js'
import type { Shape } from '../frame/shape.js'

/**
 * Assert that two frames that a metric compares have one shape.
 * @throws {ShapeError} ERR_SHAPE
 */
export function assertSameShape(subject: string, received: Shape, expected: Shape): void {
  if (received[0] !== expected[0] || received[1] !== expected[1]) {
    throw new ShapeError({ subject, expected: `shape [${expected.join(', ')}]`, received: `[${received.join(', ')}]` })
  }
}
