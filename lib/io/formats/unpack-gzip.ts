import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import { FormatError } from '../../errors.js'
import { bytesFile } from './bytes-file.js'
import type { FrameFile } from './frame-file.js'
import { LARGEST_UNPACKED } from './largest-unpacked.js'

const pieceBytes = 2 ** 20

/**
 * Unpack a gzip file (several members count as one) into memory, its checksums checked.
 * @param most bytes that it may unpack to
 * @throws {FormatError} ERR_FORMAT when it is damaged, cut, or unpacks to more
 * @see RFC 1952, 1996
 */
export async function unpackGzip(file: FrameFile, most: number = LARGEST_UNPACKED): Promise<FrameFile> {
  const chunks: Uint8Array[] = []
  let size = 0
  try {
    await pipeline(Readable.from(piecesOf(file)), createGunzip(), async (unpacked: AsyncIterable<Buffer>) => {
      for await (const chunk of unpacked) {
        size += chunk.length
        if (size > most) break
        chunks.push(chunk)
      }
    })
  } catch (cause) {
    if (size > most) throw tooLarge(file.path, most)
    if (!(cause instanceof Error && 'code' in cause && String(cause.code).startsWith('Z_'))) throw cause
    throw new FormatError({ file: file.path, expected: 'whole and undamaged gzip data', received: cause.message, cause })
  }
  if (size > most) throw tooLarge(file.path, most)
  return bytesFile(file.path, Buffer.concat(chunks, size))
}

async function* piecesOf(file: FrameFile): AsyncGenerator<Uint8Array> {
  for (let position = 0; position < file.size; position += pieceBytes) {
    const piece = new Uint8Array(Math.min(pieceBytes, file.size - position))
    await file.read(piece, position)
    yield piece
  }
}

function tooLarge(path: string, most: number): FormatError {
  return new FormatError({ file: path, expected: `gzip data that unpacks to at most ${most} bytes`, received: 'more' })
}
