import { hexOf } from './hex-of.js'

/**
 * SHA-256 (hex) over the bytes of a map, which are little-endian on every machine that runs Node or a browser. The work is done on
 * another thread, so that several maps are hashed side by side.
 * @param data shared memory is welcome
 */
export async function hashMap(data: ArrayBufferView): Promise<string> {
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
  const own = bytes.buffer instanceof ArrayBuffer ? (bytes as Uint8Array<ArrayBuffer>) : new Uint8Array(bytes)
  return hexOf(new Uint8Array(await crypto.subtle.digest('SHA-256', own)))
}
