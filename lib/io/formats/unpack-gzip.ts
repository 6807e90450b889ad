import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import { FormatError } from '../../errors.js'
import { bytesFile } from './bytes-file.js'
import type { FrameFile } from './frame-file.js'
import { LARGEST_DEFLATE_RATIO } from './largest-deflate-ratio.js'
import { LARGEST_UNPACKED } from './largest-unpacked.js'

const pieceBytes = 2 ** 20

/**
 * Unpack a gzip file (several members count as one) into memory, its checksums checked.
 * @param most bytes that it may unpack to
 * @throws {FormatError} ERR_FORMAT when it is damaged, cut, or unpacks to more
 * @see RFC 1952, 1996
 */
export async function unpackGzip(file: FrameFile, most: number = LARGEST_UNPACKED): Promise<FrameFile> {
  // of one member the last bytes say how long it is: room is made once, and nothing is put together from pieces
  let whole = Buffer.allocUnsafeSlow(Math.min(most, await statedSize(file), file.size * LARGEST_DEFLATE_RATIO))
  let size = 0
  try {
    await pipeline(Readable.from(piecesOf(file)), createGunzip(), async (unpacked: AsyncIterable<Buffer>) => {
      for await (const chunk of unpacked) {
        const end = size + chunk.length
        if (end > most) {
          size = end
          break
        }
        if (end > whole.length) whole = enlarge(whole, size, Math.min(most, Math.max(end, 2 * whole.length)))
        whole.set(chunk, size)
        size = end
      }
    })
  } catch (cause) {
    if (size > most) throw tooLarge(file.path, most)
    if (!(cause instanceof Error && 'code' in cause && String(cause.code).startsWith('Z_'))) throw cause
    throw new FormatError({ file: file.path, expected: 'whole and undamaged gzip data', received: cause.message, cause })
  }
  if (size > most) throw tooLarge(file.path, most)
  return bytesFile(file.path, whole.subarray(0, size))
}

/** Of the last member, modulo 2 ** 32. */
async function statedSize(file: FrameFile): Promise<number> {
  if (file.size < 18) return 0
  const bytes = new Uint8Array(4)
  await file.read(bytes, file.size - 4)
  return new DataView(bytes.buffer).getUint32(0, true)
}

function enlarge(bytes: Buffer<ArrayBuffer>, used: number, length: number): Buffer<ArrayBuffer> {
  const larger = Buffer.allocUnsafeSlow(length)
  larger.set(bytes.subarray(0, used))
  return larger
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
