import { stat } from 'node:fs/promises'
import { execArgv } from 'node:process'
import { Worker } from 'node:worker_threads'
import { loadCalibration } from '../../io/load-calibration.js'
import type { CalibrationSet } from '../../maps/calibration-set.js'
import { mapsForCorrection } from './maps-for-correction.js'

/** Files above it are loaded aside: starting a thread takes longer than reading smaller ones. */
const LARGEST_HERE = 100 * 2 ** 20

/**
 * Load the maps of a calibration that correct frames. The library that reads HDF5 never gives back memory, which for a large file is more
 * than all frames under way take: it is left with a thread that ends.
 * @param largestHere bytes of a file that is loaded on the calling thread
 * @throws as `loadCalibration`
 */
export async function loadForCorrection(path: string, largestHere = LARGEST_HERE): Promise<CalibrationSet> {
  const { size } = await stat(path).catch(() => ({ size: 0 }))
  const loaded = size > largestHere ? await loadAside(path) : null
  // what kept the thread from loading it is found again here, in words
  return loaded ?? mapsForCorrection(await loadCalibration(path))
}

async function loadAside(path: string): Promise<CalibrationSet | null> {
  const worker = new Worker(new URL('./calibration-thread.js', import.meta.url), {
    workerData: path,
    // Of the arguments only loaders are passed on, which find the source where it runs uncompiled.
    execArgv: execArgv.filter((argument) => argument.startsWith('--import='))
  })
  try {
    return await new Promise<CalibrationSet | null>((resolve) => {
      worker.once('message', resolve)
      worker.once('error', () => resolve(null))
      worker.once('exit', () => resolve(null))
    })
  } finally {
    await worker.terminate()
  }
}
