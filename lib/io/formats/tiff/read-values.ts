import { FormatError } from '../../../errors.js'
import { fieldType } from './tags.js'
import type { TiffDirectory, TiffEntry, TiffFile } from './tiff-directory.js'

const integerBytes: Readonly<Record<number, number>> = {
  [fieldType.byte]: 1,
  [fieldType.short]: 2,
  [fieldType.long]: 4,
  [fieldType.ifd]: 4,
  [fieldType.long8]: 8,
  [fieldType.ifd8]: 8
}

/**
 * The values of a field of unsigned integers. Values outside the file are refused before anything is allocated.
 * @param most largest count that makes sense here
 * @throws {FormatError} ERR_FORMAT
 */
export async function readValues(tiff: TiffFile, directory: TiffDirectory, entry: TiffEntry, most: number): Promise<number[]> {
  const { file, littleEndian } = tiff
  const width = integerBytes[entry.type]
  const { position, count } = entry
  if (width === undefined) {
    throw new FormatError({
      file: file.path,
      offset: position,
      expected: `tag ${entry.tag} as unsigned integers`,
      received: `type ${entry.type}`
    })
  }
  if (count > most) {
    throw new FormatError({
      file: file.path,
      offset: position,
      expected: `at most ${most} values of tag ${entry.tag}`,
      received: String(count)
    })
  }
  const view = await bytesOf(tiff, directory, entry, count * width)
  const values = new Array<number>(count)
  for (let index = 0; index < count; index++) values[index] = integerAt(view, index * width, width, littleEndian)
  return values
}

/** The bytes of a field: those of the directory where they stand in it, else read. */
async function bytesOf({ file }: TiffFile, directory: TiffDirectory, entry: TiffEntry, length: number): Promise<DataView> {
  const inside = entry.position - directory.offset
  if (inside >= 0 && inside + length <= directory.bytes.byteLength) return new DataView(directory.bytes.buffer, inside, length)
  if (entry.position + length > file.size) {
    throw new FormatError({
      file: file.path,
      offset: entry.position,
      expected: `${length} bytes of values of tag ${entry.tag}`,
      received: `the end of the file (${file.size} bytes)`
    })
  }
  const bytes = new Uint8Array(length)
  await file.read(bytes, entry.position)
  return new DataView(bytes.buffer)
}

/** A value above 2^53 loses digits and stays far above any file size, where the checks of sizes refuse it. */
function integerAt(view: DataView, at: number, width: number, littleEndian: boolean): number {
  if (width === 1) return view.getUint8(at)
  if (width === 2) return view.getUint16(at, littleEndian)
  if (width === 4) return view.getUint32(at, littleEndian)
  return Number(view.getBigUint64(at, littleEndian))
}
