import { isDetectorError } from '../errors.js'
import { openFrameFile } from './formats/open-frame-file.js'
import { readDescription } from './formats/tiff/read-description.js'
import { readDirectories } from './formats/tiff/read-directories.js'
import { parseFrameNote } from './parse-frame-note.js'

/** Plain JSON that a file says of how it was made. */
export type WrittenNote = Readonly<Record<string, unknown>>

/**
 * What a TIFF file of ours says of how it was made: the note in the ImageDescription of its first page.
 * @returns null where it says nothing, or is no such file
 * @throws {IoError} ERR_IO when it cannot be read
 */
export async function readWrittenNote(path: string): Promise<WrittenNote | null> {
  const file = await openFrameFile(path)
  try {
    const { tiff, directories } = await readDirectories(file)
    return parseFrameNote((await readDescription(tiff, directories[0])) ?? '')?.fields ?? null
  } catch (error) {
    if (isDetectorError(error, 'ERR_FORMAT')) return null
    throw error
  } finally {
    await file.close()
  }
}

/** The same of an HDF5 file of `writeHdf5`: its provenance. */
export async function readWrittenProvenance(path: string): Promise<WrittenNote | null> {
  const library = await import('h5wasm/node')
  const module = await library.ready
  module.activate_throwing_error_handler()
  try {
    const file = new library.File(path, 'r')
    try {
      const notes = file.get('/entry/process/provenance/data')
      const value: unknown = notes instanceof library.Dataset ? JSON.parse(String(notes.value)) : null
      return typeof value === 'object' ? (value as WrittenNote | null) : null
    } finally {
      file.close()
    }
  } catch {
    return null
  }
}
