import { LONGEST_NOTE } from '../../parse-frame-note.js'
import { latin1Text } from '../latin1-text.js'
import { fieldType, tag } from './tags.js'
import type { TiffDirectory, TiffFile } from './tiff-directory.js'

/**
 * The ImageDescription of a page, its bytes as Latin-1.
 * @returns empty where there is none, or it is longer than any that is looked at, or outside the file
 */
export async function readDescription({ file }: TiffFile, directory: TiffDirectory): Promise<string> {
  const entry = directory.entries.get(tag.description)
  if (!entry || entry.type !== fieldType.ascii || entry.count > LONGEST_NOTE) return ''
  if (entry.position + entry.count > file.size) return ''
  const text = new Uint8Array(entry.count)
  await file.read(text, entry.position)
  return latin1Text(text)
}
