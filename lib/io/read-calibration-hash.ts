import { open } from 'node:fs/promises'
import { readTrailer } from './nexus/read-trailer.js'
import { TRAILER } from './nexus/trailer-layout.js'
import { systemError } from './system-error.js'

/**
 * The SHA-256 that the trailer of a calibration file states of the HDF5 part in front of it: tells two calibrations of one name apart.
 * The trailer is read and nothing else; `loadCalibration` checks that it is true.
 * @returns 64 hex digits
 * @throws {FormatError} ERR_FORMAT when there is no trailer
 * @throws {IoError} ERR_IO when it cannot be read
 */
export async function readCalibrationHash(path: string): Promise<string> {
  const handle = await open(path, 'r').catch((error: unknown) => {
    throw systemError(path, 'a calibration file that can be read', error)
  })
  try {
    const { size } = await handle.stat()
    const trailer = new Uint8Array(TRAILER.length)
    await handle.read(trailer, 0, TRAILER.length, Math.max(0, size - TRAILER.length))
    return Buffer.from(readTrailer(path, size, trailer).sha256).toString('hex')
  } finally {
    await handle.close()
  }
}
