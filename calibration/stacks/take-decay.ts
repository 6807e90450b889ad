import { StackError } from '../../lib/errors.js'
import { assertShape } from '../../lib/frame/assert-shape.js'
import type { FrameInfo } from '../../lib/frame/frame-info.js'
import type { FrameSource } from '../../lib/frame/frame-source.js'
import { toKernelPixels } from '../../lib/frame/to-kernel-pixels.js'
import type { OffsetMap } from '../../lib/maps/maps.js'
import { checkPoint } from '../check-point.js'
import type { RunOptions } from '../run-options.js'
import type { DecayFrames } from '../stack-summary.js'
import { framesOf } from './frames-of.js'
import { hashFrame } from './hash-frame.js'

/** One frame of a decay in the provenance. */
export interface DecayRecord {
  readonly index: number
  readonly name: string | null
  readonly sha256: string | null
}

/** The frames of a decay that the rules use, offset-corrected, and what they say of themselves. */
export interface TakenDecay {
  readonly decay: DecayFrames
  readonly records: readonly DecayRecord[]
  readonly infos: readonly FrameInfo[]
}

/** The rules look at the first two frames after the exposure. */
const WANTED = 2

/**
 * Read the first two frames after an exposure and take the offset off.
 * @param exposed offset-corrected signal of each pixel in that exposure, DN
 * @throws {StackError} ERR_STACK without a frame
 * @throws {ShapeError} ERR_SHAPE for frames of another shape than the darks
 */
export async function takeDecay(
  source: FrameSource,
  offset: OffsetMap,
  exposed: Float32Array | null,
  options: RunOptions
): Promise<TakenDecay> {
  const frames: Float32Array[] = []
  const records: DecayRecord[] = []
  const infos: FrameInfo[] = []
  for await (const frame of framesOf(source, 'decay')) {
    const index = frames.length
    checkPoint(options, 'reading decay', index, null)
    const name = frame.info?.name ?? null
    assertShape(name ?? `decay, frame ${index}`, frame, offset.shape)
    const pixels = toKernelPixels(name ?? `decay, frame ${index}`, frame.data)
    frames.push(Float32Array.from(pixels, (value, i) => value - offset.data[i]))
    records.push({ index, name, sha256: frame.info?.sha256 ?? (await hashFrame(frame)) })
    infos.push(frame.info ?? {})
    if (frames.length === WANTED) break
  }
  if (frames.length === 0) throw new StackError({ subject: 'decay', expected: 'the first frames after an exposure', received: 'none' })
  return { decay: { shape: offset.shape, frames, exposed }, records, infos }
}
