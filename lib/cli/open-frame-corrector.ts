import { availableParallelism } from 'node:os'
import { createCorrector } from '../correction/create-corrector.js'
import type { CorrectionFacts, CorrectorOptions } from '../correction/corrector.js'
import type { CorrectedFrame } from '../frame/corrected-frame.js'
import type { RawFrame } from '../frame/raw-frame.js'
import type { CalibrationSet } from '../maps/calibration-set.js'
import { createCorrectionPool } from '../workers/create-correction-pool.js'

/** Corrects one frame after the other into the same place. */
export interface OpenFrameCorrector {
  readonly out: CorrectedFrame
  correct(raw: RawFrame): Promise<Readonly<CorrectionFacts>>
  close(): Promise<void>
}

/** Below this the threads cost more than they bring, pixels. */
const SMALLEST_SHARED = 2_000_000

/**
 * A corrector for frames that come one at a time, on this thread or shared out over more; the results are the same.
 * @param threads 1 to 256; left out: 1 for small frames, else as many as there are cores
 */
export function openFrameCorrector(calibration: CalibrationSet, options: CorrectorOptions, threads?: number): OpenFrameCorrector {
  const { shape } = calibration.offset
  const count = threads ?? (shape[0] * shape[1] < SMALLEST_SHARED ? 1 : availableParallelism())
  if (count === 1) {
    const corrector = createCorrector(calibration, options)
    const out = { data: corrector.allocOutput(), shape: corrector.shape }
    const correct = async (raw: RawFrame): Promise<Readonly<CorrectionFacts>> => {
      corrector.correct(raw, { out })
      return corrector.last
    }
    return { out, correct, close: async () => {} }
  }
  const pool = createCorrectionPool(calibration, { ...options, threads: Math.min(256, count) })
  const out = { data: pool.allocOutput(), shape: pool.shape }
  const correct = async (raw: RawFrame): Promise<Readonly<CorrectionFacts>> => (await pool.correct(raw, { out })).facts
  return { out, correct, close: () => pool.close() }
}
