import { createHash } from 'node:crypto'
import { open } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import { ChecksumError, DetectorError, FormatError, IoError } from '../../errors.js'
import { readTrailer } from './read-trailer.js'
import { TRAILER } from './trailer-layout.js'

const chunkLength = 8 * 2 ** 20
/** Enough for eight maps of 8192 x 8192; a longer file is refused before anything is allocated. */
const longest = 2 ** 31 - 1

/**
 * Read a calibration file once, whole, and give the HDF5 part after its SHA-256 was found right.
 * @throws {FormatError} ERR_FORMAT when there is no trailer, or the file is not as long as it says
 * @throws {ChecksumError} ERR_CHECKSUM when any byte has changed
 * @throws {IoError} ERR_IO
 */
export async function readSealedFile(path: string): Promise<Uint8Array> {
  try {
    const handle = await open(path, 'r')
    try {
      return await readVerified(path, handle)
    } finally {
      await handle.close()
    }
  } catch (cause) {
    if (cause instanceof DetectorError) throw cause
    const { message } = cause as Error
    throw new IoError({ subject: path, expected: 'a calibration file that can be read', received: message, cause })
  }
}

async function readVerified(path: string, handle: FileHandle): Promise<Uint8Array> {
  const facts = await handle.stat()
  if (!facts.isFile()) {
    const received = facts.isDirectory() ? 'a folder' : 'something that is not a file'
    throw new IoError({ subject: path, expected: 'a calibration file', received })
  }
  const { size } = facts
  if (size < TRAILER.length || size > longest) {
    const expected = `a calibration file of ${TRAILER.length} to ${longest} bytes`
    throw new FormatError({ file: path, expected, received: `${size} bytes` })
  }
  const trailer = new Uint8Array(TRAILER.length)
  await fill(path, handle, trailer, size - TRAILER.length)
  const { length, sha256 } = readTrailer(path, size, trailer)
  const bytes = new Uint8Array(Buffer.allocUnsafeSlow(length).buffer)
  const found = await readAndHash(path, handle, bytes)
  if (!found.equals(sha256)) {
    throw new ChecksumError({
      subject: path,
      expected: `bytes with the SHA-256 ${Buffer.from(sha256).toString('hex')} of its trailer`,
      received: `${found.toString('hex')}: the file is damaged or was changed`
    })
  }
  return bytes
}

/** The next piece is read while the last one is hashed. */
async function readAndHash(path: string, handle: FileHandle, bytes: Uint8Array): Promise<Buffer> {
  const hash = createHash('sha256')
  let last = bytes.subarray(0, 0)
  for (let at = 0; at < bytes.length; at += chunkLength) {
    const next = bytes.subarray(at, at + chunkLength)
    const reading = fill(path, handle, next, at)
    hash.update(last)
    await reading
    last = next
  }
  return hash.update(last).digest()
}

async function fill(path: string, handle: FileHandle, into: Uint8Array, position: number): Promise<void> {
  for (let at = 0; at < into.length;) {
    const { bytesRead } = await handle.read(into, at, into.length - at, position + at)
    if (bytesRead === 0) {
      throw new FormatError({
        file: path,
        offset: position + at,
        expected: 'more bytes',
        received: 'the end: it was cut while it was read'
      })
    }
    at += bytesRead
  }
}
