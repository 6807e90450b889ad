import { open } from 'node:fs/promises'
import type { PixelType } from '../frame/pixel-data.js'
import { replaceFile } from './replace-file.js'
import type { ReplaceFile } from './replace-file.js'
import { writeFully } from './write-fully.js'
import { writeStack } from './write-stack.js'
import type { WritableFrames, WrittenStack } from './written-stack.js'

export interface WriteNpyOptions {
  /**
   * false: refuse to replace an existing file.
   * @default false
   */
  overwrite?: boolean
  /**
   * How the written file comes to its name.
   * @default flushed to the disk and renamed at once
   */
  replace?: ReplaceFile
}

/** The header is as long as this whatever the number of frames, which is known last. */
const headerBytes = 128
const descriptions: Readonly<Record<PixelType, string>> = {
  u8: '|u1',
  i8: '|i1',
  u16: '<u2',
  i16: '<i2',
  u32: '<u4',
  i32: '<i4',
  f32: '<f4',
  f64: '<f8'
}

/**
 * Write frames as one array of numpy: [rows, cols] for one frame, [frames, rows, cols] for more. Frames are written as they come; the
 * file appears whole or not at all.
 * @param path file to write; its folder must exist
 * @param frames at least one, all of one shape and pixel type
 * @throws {ShapeError} ERR_SHAPE when a frame has not as many values as its shape says, or another shape than the first
 * @throws {StackError} ERR_STACK when there is no frame, or one has another pixel type than the first
 * @throws {ExistsError} ERR_EXISTS when the file is there and `overwrite` is false
 * @throws {IoError} ERR_IO
 * @see NEP 1, A Simple File Format for NumPy Arrays, 2007
 */
export async function writeNpy(path: string, frames: WritableFrames, options: WriteNpyOptions = {}): Promise<void> {
  const { overwrite = false, replace = replaceFile } = options
  const write = async (temporaryPath: string): Promise<void> => {
    const handle = await open(temporaryPath, 'w')
    try {
      const stack = await writeStack(handle, path, frames, headerBytes)
      await writeFully(handle, headerOf(stack), 0)
    } finally {
      await handle.close()
    }
  }
  await replace(path, write, { overwrite })
}

function headerOf({ shape, type, frames }: WrittenStack): Uint8Array {
  const sizes = frames === 1 ? shape : [frames, ...shape]
  const header = Buffer.alloc(headerBytes, ' ')
  header.write('\x93NUMPY\x01\x00', 'latin1')
  header.writeUInt16LE(headerBytes - 10, 8)
  header.write(`{'descr': '${descriptions[type]}', 'fortran_order': False, 'shape': (${sizes.join(', ')}), }`, 10, 'latin1')
  header.write('\n', headerBytes - 1)
  return header
}
