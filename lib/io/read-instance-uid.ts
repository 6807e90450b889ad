import { open } from 'node:fs/promises'

/** The mark behind the preamble. */
const start = 132
/** The meta elements that `writeDicom` writes before the UID of the frame take 64 bytes or so. */
const headBytes = 512
const instanceUid = 0x0002_0003

/**
 * The UID of the frame in a file of `writeDicom`, out of its first bytes.
 * @returns null when it is not laid out as such a file, or cannot be read
 * @see DICOM PS3.10, part 7.1, 2024
 */
export async function readInstanceUid(path: string): Promise<string | null> {
  const handle = await open(path, 'r').catch(() => null)
  if (handle === null) return null
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(headBytes), 0, headBytes, 0)
    return findUid(buffer.subarray(0, bytesRead))
  } catch {
    return null
  } finally {
    await handle.close()
  }
}

function findUid(head: Buffer): string | null {
  if (head.toString('latin1', start - 4, start) !== 'DICM') return null
  for (let at = start; at + 12 <= head.length;) {
    const tag = head.readUInt16LE(at) * 0x1_0000 + head.readUInt16LE(at + 2)
    const isLong = head.toString('latin1', at + 4, at + 6) === 'OB'
    const length = isLong ? head.readUInt32LE(at + 8) : head.readUInt16LE(at + 6)
    const value = at + (isLong ? 12 : 8)
    if (tag === instanceUid) return head.toString('latin1', value, Math.min(value + length, head.length)).replace(/[\0 ]+$/, '')
    at = value + length
  }
  return null
}
