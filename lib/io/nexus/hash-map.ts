import { webcrypto } from 'node:crypto'

/**
 * SHA-256 (hex) over the bytes of a map, which are little-endian on every machine that runs Node. The work is done on
 * another thread, so that several maps are hashed side by side.
 * @param data shared memory is welcome
 */
export async function hashMap(data: ArrayBufferView): Promise<string> {
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
  const own = bytes.buffer instanceof ArrayBuffer ? (bytes as Uint8Array<ArrayBuffer>) : new Uint8Array(bytes)
  return Buffer.from(await webcrypto.subtle.digest('SHA-256', own)).toString('hex')
}
