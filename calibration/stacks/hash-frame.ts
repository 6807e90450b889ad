import type { RawFrame } from '../../lib/frame/raw-frame.js'
import { hashHead } from './hash-head.js'

interface Subtle {
  digest(algorithm: string, bytes: Uint8Array): Promise<ArrayBuffer>
}

/**
 * SHA-256 (hex) of a frame: over the line `flatpanel.frame/1 <type> <rows> <cols>` and the little-endian pixel values;
 * null where the platform has no Web Crypto (an insecure page).
 */
export async function hashFrame(frame: RawFrame): Promise<string | null> {
  const subtle = (globalThis as { crypto?: { subtle?: Subtle } }).crypto?.subtle
  if (!subtle) return null
  const { data } = frame
  const header = hashHead(frame)
  const bytes = new Uint8Array(header.length + data.byteLength)
  for (let i = 0; i < header.length; i++) bytes[i] = header.charCodeAt(i)
  bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), header.length)
  const digest = new Uint8Array(await subtle.digest('SHA-256', bytes))
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('')
}
