import type { FileHandle } from 'node:fs/promises'
import { endianness } from 'node:os'
import { ShapeError, StackError } from '../errors.js'
import { assertShape } from '../frame/assert-shape.js'
import { pixelTypeOf } from '../frame/pixel-type-of.js'
import { assertLittleEndian } from './assert-little-endian.js'
import { writeFully } from './write-fully.js'
import type { WritableFrames, WrittenStack } from './written-stack.js'

assertLittleEndian(endianness())

/**
 * Write the pixels of frames one behind the other, little-endian, from a byte of an open file on.
 * @param path for messages
 * @throws {ShapeError} ERR_SHAPE when a frame has not as many values as its shape says, or another shape than the first
 * @throws {StackError} ERR_STACK when there is no frame, or one has another pixel type than the first
 */
export async function writeStack(handle: FileHandle, path: string, frames: WritableFrames, start: number): Promise<WrittenStack> {
  let stack: WrittenStack | undefined
  let end = start
  for await (const { data, shape } of frames) {
    const subject = `${path} frame ${(stack?.frames ?? 0) + 1}`
    assertShape(subject, { data, shape })
    const type = pixelTypeOf(data)
    const first: WrittenStack = stack ?? { shape: [shape[0], shape[1]], type, frames: 0 }
    assertSame(subject, { shape, type }, first)
    await writeFully(handle, new Uint8Array(data.buffer, data.byteOffset, data.byteLength), end)
    end += data.byteLength
    stack = { ...first, frames: first.frames + 1 }
  }
  if (!stack) throw new StackError({ subject: path, expected: 'at least one frame to write', received: 'none' })
  return stack
}

function assertSame(subject: string, { shape, type }: Pick<WrittenStack, 'shape' | 'type'>, first: WrittenStack): void {
  if (shape[0] !== first.shape[0] || shape[1] !== first.shape[1]) {
    throw new ShapeError({ subject, expected: `shape [${first.shape.join(', ')}] as the first frame`, received: `[${shape.join(', ')}]` })
  }
  if (type !== first.type) throw new StackError({ subject, expected: `pixels of type ${first.type} as the first frame`, received: type })
}
