import { posix } from 'node:path'
import type { Dataset, ExternalLink, File, Group } from 'h5wasm'
import { FormatError } from '../../../errors.js'
import type { Hdf5Library } from '../../nexus/open-hdf5-library.js'
import type { Hdf5Source } from './hdf5-request.js'
import { mountFolder } from './mount-folder.js'
import type { MountedFolder } from './mount-folder.js'
import { readObjectHeader } from './read-object-header.js'
import type { StoredLayout } from './read-object-header.js'

/** A group or dataset, and the file that it stands in, as libhdf5 sees it. */
export interface Hdf5Member<T extends Group | Dataset = Group | Dataset> {
  readonly place: string
  readonly entity: T
}

/** A file that is open, with those that its links lead to. */
export interface Hdf5File {
  readonly library: Hdf5Library
  /** For messages. */
  readonly name: string
  readonly folder: MountedFolder
  /** A file of the folder, opened once. */
  at(place: string): File
  /**
   * What stands at a path, by hard, soft and external links; null: nothing.
   * @throws {FormatError} ERR_FORMAT when a link leads out of the folder, or nowhere
   */
  member(place: string, path: string): Hdf5Member | null
  /** How the values of a dataset stand; null: in a way that is not followed. */
  layout(place: string, dataset: Dataset): StoredLayout | null
  close(): void
}

/** Files that may link to one another in a chain, no more of them: a chain can be a circle. */
const mostLinks = 8
/** Parts of the file system of Emscripten that its types leave out. */
interface FileReads {
  open(path: string, mode: string): object
  read(stream: object, target: Uint8Array, at: number, length: number, position: number): number
  close(stream: object): void
}

const NO_LINK: Partial<ExternalLink> = {}

function linkAt(group: Group, name: string): Partial<ExternalLink> {
  return group.get_external_link(posix.join(group.path, name))
}

/** Open a file where the library sees its folder and nothing else. */
export function openHdf5File(library: Hdf5Library, source: Hdf5Source): Hdf5File {
  const folder = mountFolder(library, source)
  const name = source.path
  const open = new Map<string, File>()
  // once per dataset: each frame asks
  const layouts = new Map<string, StoredLayout | null>()

  const at = (place: string): File => {
    const known = open.get(place) ?? new library.File(place, 'r')
    open.set(place, known)
    return known
  }

  const walk = (place: string, path: string, links: number): Hdf5Member | null => {
    let entity: Group | Dataset = at(place)
    for (const part of path.split('/').filter((part) => part !== '' && part !== '.')) {
      if (!(entity instanceof library.Group)) return null
      const found: unknown = entity.get(part)
      // libhdf5 follows a link to another file by itself where it can
      const { filename, obj_path } = found === null ? NO_LINK : linkAt(entity, part)
      if (filename !== undefined) {
        if (links === mostLinks) {
          throw new FormatError({ file: name, expected: `at most ${mostLinks} links from file to file`, received: `more at ${path}` })
        }
        const next = walk(folder.follow(place, filename), obj_path!, links + 1)
        if (next === null) return null
        place = next.place
        entity = next.entity
      } else if (found instanceof library.BrokenSoftLink) {
        throw new FormatError({ file: name, expected: `something at ${path}`, received: `a link to ${found.target}, where nothing is` })
      } else if (found instanceof library.Group || found instanceof library.Dataset) entity = found
      else return null
    }
    return { place, entity }
  }

  return {
    library,
    name,
    folder,
    at,
    member: (place, path) => walk(place, path, 0),
    layout(place, dataset) {
      const key = `${place} ${dataset.path}`
      const known = layouts.get(key)
      if (known !== undefined) return known
      const address = Buffer.from(dataset.create_reference().ref_data).readBigUInt64LE(0)
      const stream = library.FS as unknown as FileReads
      const opened = stream.open(place, 'r')
      try {
        const read = (position: number, length: number): DataView => {
          const bytes = new Uint8Array(length)
          const count = Number.isSafeInteger(position) && position >= 0 ? stream.read(opened, bytes, 0, length, position) : 0
          return new DataView(bytes.buffer, 0, count)
        }
        const layout = readObjectHeader(read, Number(address))
        layouts.set(key, layout)
        return layout
      } finally {
        stream.close(opened)
      }
    },
    close() {
      for (const file of open.values()) {
        try {
          file.close()
        } catch {
          // after an error libhdf5 may hold parts of a file; its bytes are let go below
        }
      }
      folder.unmount()
    }
  }
}
