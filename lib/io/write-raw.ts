import { open } from 'node:fs/promises'
import type { RawLayout } from './formats/raw.js'
import { replaceFile } from './replace-file.js'
import type { ReplaceFile } from './replace-file.js'
import { writeStack } from './write-stack.js'
import type { WritableFrames, WrittenStack } from './written-stack.js'

export interface WriteRawOptions {
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

/**
 * Write frames without any header, little-endian, one behind the other. The file does not say what it is: keep the layout that is
 * returned. It appears whole or not at all.
 * @param path file to write; its folder must exist
 * @param frames at least one, all of one shape and pixel type
 * @returns the layout by which `readFrames` reads it, and how many frames there are
 * @throws {ShapeError} ERR_SHAPE when a frame has not as many values as its shape says, or another shape than the first
 * @throws {StackError} ERR_STACK when there is no frame, or one has another pixel type than the first
 * @throws {ExistsError} ERR_EXISTS when the file is there and `overwrite` is false
 * @throws {IoError} ERR_IO
 */
export async function writeRaw(
  path: string,
  frames: WritableFrames,
  options: WriteRawOptions = {}
): Promise<RawLayout & { readonly frames: number }> {
  const { overwrite = false, replace = replaceFile } = options
  let stack: WrittenStack
  const write = async (temporaryPath: string): Promise<void> => {
    const handle = await open(temporaryPath, 'w')
    try {
      stack = await writeStack(handle, path, frames, 0)
    } finally {
      await handle.close()
    }
  }
  await replace(path, write, { overwrite })
  const { shape, type, frames: count } = stack!
  return { rows: shape[0], cols: shape[1], type, byteOrder: 'little', headerBytes: 0, frames: count }
}
