import { FormatError } from '../../../errors.js'
import type { FrameFile } from '../frame-file.js'
import { undefinedLength } from './read-data-set.js'
import { nameTag } from './name-tag.js'
import { tags } from './tags.js'

/** A piece of packed pixels. */
export interface Fragment {
  readonly position: number
  readonly length: number
}

const mostFragments = 2 ** 20

/**
 * Find the packed pixels of every frame: one fragment each, all of them where there is one frame, or as the table of offsets says.
 * @param position byte of the table of offsets, the first item
 * @returns one list per frame
 * @throws {FormatError} ERR_FORMAT when items are damaged or cut, or do not go with the number of frames
 * @see DICOM PS3.5, annex A.4, 2024
 */
export async function readFragments(file: FrameFile, position: number, frames: number): Promise<Fragment[][]> {
  const [table, ...fragments] = await readItems(file, position)
  if (table === undefined || fragments.length < frames) {
    throw new FormatError({
      file: file.path,
      offset: position,
      expected: `packed pixels of ${frames} frames`,
      received: `${fragments.length} fragments`
    })
  }
  if (fragments.length === frames) return fragments.map((fragment) => [fragment])
  if (frames === 1) return [fragments]
  const starts = await readTable(file, table, frames)
  const first = fragments[0].position - 8
  const groups = starts.map((start, frame) => {
    const end = starts[frame + 1] ?? Infinity
    return fragments.filter(({ position: at }) => at - 8 - first >= start && at - 8 - first < end)
  })
  const wrong = groups.findIndex((group, frame) => group[0]?.position !== first + 8 + starts[frame])
  if (wrong >= 0 || starts[0] !== 0) {
    throw new FormatError({
      file: file.path,
      offset: table.position,
      expected: 'offsets of fragments, in order',
      received: `${starts[Math.max(0, wrong)]} for frame ${Math.max(0, wrong) + 1}`
    })
  }
  return groups
}

async function readItems(file: FrameFile, start: number): Promise<Fragment[]> {
  const items: Fragment[] = []
  const bytes = new Uint8Array(8)
  const view = new DataView(bytes.buffer)
  for (let position = start; ;) {
    await file.read(bytes, position)
    const tag = view.getUint16(0, true) * 0x1_0000 + view.getUint16(2, true)
    const length = view.getUint32(4, true)
    if (tag === tags.sequenceEnd) return items
    if (tag !== tags.item || length === undefinedLength || items.length > mostFragments) {
      throw new FormatError({
        file: file.path,
        offset: position,
        expected: `an item of packed pixels, at most ${mostFragments}, or their end`,
        received: `${nameTag(tag)} of ${length} bytes`
      })
    }
    if (position + 8 + length > file.size) {
      throw new FormatError({
        file: file.path,
        offset: position,
        expected: `${length} bytes of packed pixels`,
        received: `${file.size - position - 8} up to the end of the file (${file.size} bytes)`
      })
    }
    items.push({ position: position + 8, length })
    position += 8 + length
  }
}

async function readTable(file: FrameFile, { position, length }: Fragment, frames: number): Promise<number[]> {
  if (length !== 4 * frames) {
    throw new FormatError({
      file: file.path,
      offset: position,
      expected: `a table of ${frames} offsets, as frames have several fragments`,
      received: `${length} bytes`
    })
  }
  const bytes = new Uint8Array(length)
  await file.read(bytes, position)
  const view = new DataView(bytes.buffer)
  return Array.from({ length: frames }, (_, frame) => view.getUint32(4 * frame, true))
}
