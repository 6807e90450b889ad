import { OptionError } from '../errors.js'
import { assertShape } from '../frame/assert-shape.js'
import { isNdarray } from '../frame/is-ndarray.js'
import { assertLength, describe, isFrame } from './resolve-input.js'
import type { Shape } from '../frame/shape.js'
import type { CorrectedPixels, FrameOutput } from './corrector.js'

/**
 * The pixels into which a corrected frame goes, after type, shape and order were checked.
 * @throws {ShapeError} ERR_SHAPE
 * @throws {OptionError} ERR_OPTION
 */
export function resolveOutput(out: FrameOutput, output: 'float32' | 'uint16', shape: Shape): CorrectedPixels {
  if (ArrayBuffer.isView(out)) {
    assertType(out, output)
    assertLength('out', out, shape)
    return out
  }
  if (isNdarray(out)) {
    const { data, offset, stride } = out
    assertType(data, output)
    assertShape('out', { shape: out.shape, data: { length: out.shape[0] * out.shape[1] } }, shape)
    const count = shape[0] * shape[1]
    if (stride[0] !== shape[1] || stride[1] !== 1 || offset < 0 || offset + count > data.length) {
      const received = `stride [${stride.join(', ')}], offset ${offset} in ${data.length} values`
      throw new OptionError({ subject: 'out', expected: `a row-major ndarray, stride [${shape[1]}, 1]`, received })
    }
    return offset === 0 && count === data.length ? data : data.subarray(offset, offset + count)
  }
  if (!isFrame(out)) {
    throw new OptionError({ subject: 'out', expected: 'a typed array, { data, shape } or an ndarray', received: describe(out) })
  }
  assertType(out.data, output)
  assertShape('out', out, shape)
  return out.data
}

function assertType(data: unknown, output: 'float32' | 'uint16'): void {
  if (output === 'float32' ? data instanceof Float32Array : data instanceof Uint16Array) return
  const expected = output === 'float32' ? 'a Float32Array' : 'a Uint16Array'
  throw new OptionError({ subject: 'out', expected: `${expected} for ${output} output`, received: describe(data) })
}

/**
 * Assert that `out` shares no memory with `other`.
 * @throws {OptionError} ERR_OPTION
 */
export function assertApart(out: CorrectedPixels, other: ArrayBufferView, name: string): void {
  if (out.buffer !== other.buffer) return
  if (out.byteOffset >= other.byteOffset + other.byteLength || other.byteOffset >= out.byteOffset + out.byteLength) return
  throw new OptionError({ subject: 'out', expected: `memory apart from the ${name}`, received: 'an overlap' })
}
