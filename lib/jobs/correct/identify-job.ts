import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { basename } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { splitInnerPath } from '../../io/split-inner-path.js'
import { systemError } from '../../io/system-error.js'
import { version } from '../../version.js'

/** By what an input is known without reading all of it. */
export interface InputIdentity {
  /** Without its folder; with the path inside it. */
  readonly name: string
  readonly bytes: number
  /** Nanoseconds since 1970. */
  readonly modified: string
  /** SHA-256, hex, of its first 64 KiB: the header of every format that has one in front. */
  readonly head: string
  /** SHA-256, hex, of the whole file; null: not asked for. */
  readonly sha256: string | null
}

const HEAD_BYTES = 65_536

/**
 * What tells one input from another of the same name.
 * @param whole hash the whole file as well
 * @throws {IoError} ERR_IO
 */
export async function identifyInput(input: string, whole: boolean): Promise<InputIdentity> {
  const { file, inside } = await splitInnerPath(input)
  try {
    const handle = await open(file, 'r')
    try {
      const { size, mtimeNs } = await handle.stat({ bigint: true })
      const { buffer, bytesRead } = await handle.read(Buffer.allocUnsafe(HEAD_BYTES), 0, HEAD_BYTES, 0)
      const head = createHash('sha256').update(buffer.subarray(0, bytesRead)).digest('hex')
      const name = inside === undefined ? basename(file) : `${basename(file)}::${inside}`
      return { name, bytes: Number(size), modified: String(mtimeNs), head, sha256: whole ? await hashFile(file) : null }
    } finally {
      await handle.close()
    }
  } catch (error) {
    throw systemError(file, 'a file that can be read', error)
  }
}

/** What is asked of a run: everything that a bit of an output depends on, beside its inputs. Plain JSON. */
export interface JobSettings {
  /** SHA-256, hex, of the calibration. */
  readonly calibration: string
  readonly options: Readonly<Record<string, unknown>>
}

/**
 * The name of a piece of work: equal for equal calibration, options, inputs and program, whatever the folders are called.
 * @returns SHA-256, hex
 */
export function identifyJob({ calibration, options }: JobSettings, inputs: readonly InputIdentity[]): string {
  const job = { schema: 'flatpanel.correct-job/1', version, calibration, options, inputs }
  return createHash('sha256').update(JSON.stringify(job)).digest('hex')
}

async function hashFile(file: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(file, { highWaterMark: 2 ** 20 }), hash)
  return hash.digest('hex')
}
