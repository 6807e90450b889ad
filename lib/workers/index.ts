/**
 * flatpanel/workers: correction and calibration on several threads. Needs Node.
 */
export { calibrateOnThreads } from './calibrate-on-threads.js'
export type { CalibrateOnThreadsOptions } from './calibrate-on-threads.js'
export { correctStream } from './correct-stream.js'
export { createCorrectionPool } from './create-correction-pool.js'
export type { CorrectedStream, StreamedFrame } from './corrected-stream.js'
export type { CorrectionPool, CorrectionPoolOptions, PoolCorrectOptions, PoolResult } from './correction-pool.js'
export type { CorrectStreamOptions } from './correct-stream.js'
