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
const windowBytes = 2 ** 12

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
  const groups: Fragment[][] = starts.map(() => [])
  let frame = 0
  for (const fragment of fragments) {
    while (frame + 1 < frames && fragment.position - 8 - first >= starts[frame + 1]) frame++
    groups[frame].push(fragment)
  }
  const wrong = groups.findIndex((group, k) => group[0]?.position !== first + 8 + starts[k])
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
  let window = { start, view: new DataView(new ArrayBuffer(0)) }
  for (let position = start; ;) {
    // many small items are read together, a long one is not read at all
    if (position + 8 > window.start + window.view.byteLength) {
      const bytes = new Uint8Array(Math.max(8, Math.min(position === start ? 8 : windowBytes, file.size - position)))
      await file.read(bytes, position)
      window = { start: position, view: new DataView(bytes.buffer) }
    }
    const at = position - window.start
    const tag = window.view.getUint16(at, true) * 0x1_0000 + window.view.getUint16(at + 2, true)
    const length = window.view.getUint32(at + 4, true)
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
