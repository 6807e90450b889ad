import { parentPort, workerData } from 'node:worker_threads'
import type { TransferListItem } from 'node:worker_threads'
import { loadCalibration } from '../../io/load-calibration.js'
import { mapsForCorrection } from './maps-for-correction.js'

/** Load what corrects frames of a calibration file. */
export async function calibrationThread(port: NonNullable<typeof parentPort>, path: string): Promise<void> {
  const calibration = mapsForCorrection(await loadCalibration(path))
  const { offset, gain, defects, flatSignal } = calibration
  const buffers = new Set([offset, gain, defects, flatSignal].map(({ data }) => data.buffer as TransferListItem))
  port.postMessage(calibration, [...buffers])
}

if (parentPort) void calibrationThread(parentPort, workerData as string)
