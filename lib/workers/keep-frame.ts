import { infoOf, isFrame } from '../correction/resolve-input.js'
import { fromNdarray } from '../frame/from-ndarray.js'
import { isNdarray } from '../frame/is-ndarray.js'
import type { CorrectedPixels, FrameInput } from '../correction/corrector.js'
import type { PixelData } from '../frame/pixel-data.js'
import type { CorrectionPool } from './correction-pool.js'

/** A raw frame that stays as it is whatever its source does with its buffer. */
export interface KeptFrame {
  readonly raw: FrameInput
  /** The frame of the pool that holds the pixels, to be given back. */
  readonly copy: Uint16Array | null
}

/**
 * Copy a raw frame, unless it lies in the memory of the pool. Anything that is no frame is left to the pool to refuse.
 * @param spare raw frames of the pool that are free
 */
export function keepFrame<T extends CorrectedPixels>(raw: FrameInput, pool: CorrectionPool<T>, spare: Uint16Array[]): KeptFrame {
  const frame = isNdarray(raw) ? { ...fromNdarray(raw), info: infoOf(raw) } : raw
  const data = ArrayBuffer.isView(frame) ? frame : isFrame(frame) ? frame.data : null
  if (typeof data?.slice !== 'function' || pool.owns(data)) return { raw: frame, copy: null }
  const isUsual = data instanceof Uint16Array && data.length === pool.shape[0] * pool.shape[1]
  const copy = isUsual ? (spare.pop() ?? pool.allocRaw()) : null
  const pixels: PixelData = copy ?? data.slice()
  if (copy) copy.set(data)
  return { raw: ArrayBuffer.isView(frame) ? pixels : { ...frame, data: pixels }, copy }
}
