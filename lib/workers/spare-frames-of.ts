import type { CorrectedPixels } from '../correction/corrector.js'
import type { CorrectionPool } from './correction-pool.js'

/** Frames in the memory of a pool that no stream uses at the moment. */
export interface SpareFrames<T> {
  readonly inputs: Uint16Array[]
  readonly outputs: T[]
}

const spareFrames = new WeakMap<CorrectionPool, SpareFrames<CorrectedPixels>>()

/** The frames that streams of a pool leave to each other: its memory is never given back, so one after the other must do with the same. */
export function spareFramesOf<T extends CorrectedPixels>(pool: CorrectionPool<T>): SpareFrames<T> {
  const spare = spareFrames.get(pool) ?? { inputs: [], outputs: [] }
  spareFrames.set(pool, spare)
  return spare as SpareFrames<T>
}
