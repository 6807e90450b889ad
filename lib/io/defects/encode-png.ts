import { crc32, deflateSync } from 'node:zlib'
import type { Shape } from '../../frame/shape.js'

/**
 * Write values as a grey PNG: 8 bits per pixel where every value fits, else 16.
 * @param data rows * cols values
 * @see PNG specification, third edition (W3C, 2025)
 */
export function encodePng(data: Uint16Array, [rows, cols]: Shape): Uint8Array {
  const wide = data.some((value) => value > 255)
  const step = wide ? 2 : 1
  const lines = new Uint8Array(rows * (cols * step + 1))
  for (let row = 0, i = 0, out = 0; row < rows; row++) {
    lines[out++] = 0
    for (let col = 0; col < cols; col++, i++) {
      if (wide) lines[out++] = data[i] >> 8
      lines[out++] = data[i] & 0xff
    }
  }
  const header = new Uint8Array(13)
  const view = new DataView(header.buffer)
  view.setUint32(0, cols)
  view.setUint32(4, rows)
  header.set([8 * step, 0, 0, 0, 0], 8)
  const signature = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a)
  return Buffer.concat([signature, chunk('IHDR', header), chunk('IDAT', deflateSync(lines)), chunk('IEND', new Uint8Array(0))])
}

function chunk(type: string, data: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(12 + data.length)
  const view = new DataView(bytes.buffer)
  view.setUint32(0, data.length)
  bytes.set(new TextEncoder().encode(type), 4)
  bytes.set(data, 8)
  view.setUint32(8 + data.length, crc32(bytes.subarray(4, 8 + data.length)))
  return bytes
}
