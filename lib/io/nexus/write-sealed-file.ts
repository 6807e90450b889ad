import { createHash } from 'node:crypto'
import { open } from 'node:fs/promises'
import type { CalibrationSet } from '../../maps/calibration-set.js'
import type { MapsFile } from './calibration-header.js'
import { encodeCalibration } from './encode-calibration.js'
import { headerOf } from './header-of.js'
import { makeTrailer } from './make-trailer.js'

const chunkLength = 16 * 2 ** 20

export interface WriteSealedOptions {
  /** The file beside this one that has the maps, all but the flags; null: they go into this one. */
  readonly maps: MapsFile | null
  /** Called before each piece; may throw. */
  readonly check: () => void
}

/**
 * Write a calibration as one new file: HDF5 part, header and trailer.
 * @param path a free name
 * @param calibration has been checked
 */
export async function writeSealedFile(path: string, calibration: CalibrationSet, { maps, check }: WriteSealedOptions): Promise<void> {
  const { pieces, checksums } = await encodeCalibration(calibration, maps)
  const handle = await open(path, 'wx')
  try {
    const hash = createHash('sha256')
    let length = 0
    for (const chunk of inChunks(pieces)) {
      check()
      // The disk gets what was written while the rest is hashed, so that little is left to be waited for.
      const written = handle.writeFile(chunk).then(() => handle.datasync())
      hash.update(chunk)
      await written
      length += chunk.length
    }
    const header = new TextEncoder().encode(JSON.stringify(headerOf(calibration, { checksums, hdf5: hash.digest('hex'), maps })))
    const trailer = makeTrailer(length, header.length, createHash('sha256').update(header).digest())
    await handle.writeFile(Buffer.concat([header, trailer]))
  } finally {
    await handle.close()
  }
}

/** Long pieces cut, short ones put together. */
function* inChunks(pieces: readonly Uint8Array[]): Generator<Uint8Array> {
  let short: Uint8Array[] = []
  let length = 0
  for (const piece of pieces) {
    if (length + piece.length > chunkLength) {
      yield Buffer.concat(short)
      short = []
      length = 0
    }
    if (piece.length < chunkLength) {
      short.push(piece)
      length += piece.length
    } else for (let at = 0; at < piece.length; at += chunkLength) yield piece.subarray(at, at + chunkLength)
  }
  yield Buffer.concat(short)
}
