import { OptionError, ShapeError } from '../errors.js'
import { assertShape } from '../frame/assert-shape.js'
import { fromNdarray } from '../frame/from-ndarray.js'
import { isNdarray } from '../frame/is-ndarray.js'
import type { FrameInfo } from '../frame/frame-info.js'
import type { PixelData } from '../frame/pixel-data.js'
import type { RawFrame } from '../frame/raw-frame.js'
import type { Shape } from '../frame/shape.js'
import type { FrameInput } from './corrector.js'

/** What is said of a frame that carries nothing but pixels. */
const NOTHING_KNOWN: FrameInfo = Object.freeze({})

/** What a raw frame says of itself. */
export function infoOf(raw: FrameInput): FrameInfo {
  return (raw as Partial<RawFrame> | null | undefined)?.info ?? NOTHING_KNOWN
}

/** What a raw frame is called in messages. */
export function subjectOf(raw: FrameInput): string {
  const { name } = infoOf(raw)
  return name === undefined ? 'raw frame' : `raw frame ${name}`
}

/**
 * The pixels of a raw frame, row-major, after its shape was checked. Only a view that is not row-major is copied.
 * @param scratch receives that copy when it fits
 * @throws {ShapeError} ERR_SHAPE
 * @throws {OptionError} ERR_OPTION when it is no frame at all
 */
export function resolveInput(subject: string, raw: FrameInput, shape: Shape, scratch?: PixelData): PixelData {
  if (ArrayBuffer.isView(raw)) {
    assertLength(subject, raw, shape)
    return raw
  }
  if (isNdarray(raw)) {
    assertShape(subject, { shape: raw.shape, data: { length: raw.shape[0] * raw.shape[1] } }, shape)
    return fromNdarray(raw, scratch).data
  }
  if (!isFrame(raw)) {
    throw new OptionError({ subject, expected: 'a typed array, { data, shape } or an ndarray', received: describe(raw) })
  }
  assertShape(subject, raw, shape)
  return raw.data
}

/** @throws {ShapeError} ERR_SHAPE */
export function assertLength(subject: string, pixels: { readonly length: number }, shape: Shape): void {
  const expected = shape[0] * shape[1]
  if (pixels.length === expected) return
  throw new ShapeError({ subject, expected: `${expected} values for shape [${shape.join(', ')}]`, received: `${pixels.length}` })
}

/** True for `{ data, shape }`. */
export function isFrame(value: unknown): value is RawFrame {
  if (typeof value !== 'object' || value === null) return false
  const frame = value as Partial<RawFrame>
  return ArrayBuffer.isView(frame.data) && Array.isArray(frame.shape)
}

/** Type of a value, for messages. */
export function describe(value: unknown): string {
  return value === null || typeof value !== 'object' ? String(value) : Object.prototype.toString.call(value)
}
