import { availableParallelism } from 'node:os'
import { createCorrector } from '../../correction/create-corrector.js'
import type { CorrectorOptions } from '../../correction/corrector.js'
import type { RawFrame } from '../../frame/raw-frame.js'
import type { CalibrationSet } from '../../maps/calibration-set.js'
import { correctStream } from '../../workers/correct-stream.js'
import type { StreamedFrame } from '../../workers/corrected-stream.js'
import { createCorrectionPool } from '../../workers/create-correction-pool.js'

/** Corrects the frames of several files at the same time. */
export interface ScanCorrector {
  /** True when frames are corrected on threads of their own. */
  readonly isShared: boolean
  /**
   * Correct the frames of one file, in order; the next ones are read and corrected while one is used. A corrected frame is valid until the
   * next one is asked for.
   */
  correct(frames: AsyncIterable<RawFrame>, signal?: AbortSignal): AsyncIterable<StreamedFrame>
  close(): Promise<void>
}

/** Below this the threads cost more than they bring, pixels. */
const SMALLEST_SHARED = 2_000_000
/** Of one file: one is written while the next is corrected. */
const FRAMES_AHEAD = 2

/**
 * A corrector for the files of a scan, on this thread or on more; the results are the same.
 * @param threads 1 to 256; left out: 1 for small frames, else as many as there are cores
 */
export function openScanCorrector(calibration: CalibrationSet, options: CorrectorOptions, threads?: number): ScanCorrector {
  const { shape } = calibration.offset
  const count = threads ?? (shape[0] * shape[1] < SMALLEST_SHARED ? 1 : availableParallelism())
  if (count > 1) {
    const pool = createCorrectionPool(calibration, { ...options, threads: Math.min(256, count) })
    return {
      isShared: true,
      correct: (frames, signal) => correctStream(frames, pool, { signal, concurrency: FRAMES_AHEAD, queue: 0 }),
      close: () => pool.close()
    }
  }
  return openHere(calibration, options)
}

function openHere(calibration: CalibrationSet, options: CorrectorOptions): ScanCorrector {
  const corrector = createCorrector(calibration, options)
  const { shape } = corrector
  const spare: (Float32Array | Uint16Array)[] = []
  async function* correct(frames: AsyncIterable<RawFrame>): AsyncGenerator<StreamedFrame> {
    const data = spare.pop() ?? corrector.allocOutput()
    let index = 0
    try {
      for await (const frame of frames) {
        corrector.correct(frame, { out: data })
        yield { index: index++, data, shape, info: frame.info ?? {}, facts: { ...corrector.last } }
      }
    } finally {
      spare.push(data)
    }
  }
  return { isShared: false, correct, close: async () => {} }
}
