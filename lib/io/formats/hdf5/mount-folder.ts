import { closeSync, openSync, readSync, realpathSync, statSync } from 'node:fs'
import { basename, dirname, join, posix, relative, sep } from 'node:path'
import { FormatError } from '../../../errors.js'
import type { Hdf5Library } from '../../nexus/open-hdf5-library.js'
import type { Hdf5Source } from './hdf5-request.js'

/** A folder of this machine in the file system of the HDF5 library, which sees nothing else. */
export interface MountedFolder {
  /** The file that is to be opened, as libhdf5 sees it. */
  readonly main: string
  /**
   * Where a link of the file at `place` leads, as libhdf5 sees it; an absolute one to a file of that name beside it.
   * @throws {FormatError} ERR_FORMAT when that is outside of the folder, or not there
   */
  follow(place: string, target: string): string
  /** Bytes of all files that libhdf5 has seen of it. */
  seen(): number
  /** Reads of files since the folder was mounted. */
  reads(): number
  unmount(): void
}

interface Node {
  readonly id: number
  readonly mode: number
  readonly parent: Node
  host: string
  size: number
  bytes?: Uint8Array
  handle?: number
  node_ops: object
  stream_ops: object
}

interface Stream {
  readonly node: Node
  readonly position: number
}

/** Parts of the file system of Emscripten that its types leave out. */
interface FileSystem {
  createNode(parent: Node | null, name: string, mode: number, device: number): Node
  ErrnoError: new (code: number) => Error
  mkdir(path: string): void
  rmdir(path: string): void
  mount(type: object, options: object, path: string): void
  unmount(path: string): void
}

const folderMode = 0o40555
const fileMode = 0o100444
/** Numbers of the errors "no such file" and "invalid argument" in WASI. */
const absent = 44
const invalid = 28
const relativeTo = 2

/**
 * Give the HDF5 library the folder of a file, for reading only, and nothing beside it: links that lead elsewhere, also through links of
 * the file system, lead nowhere. Bytes are read from the disk when they are asked for.
 * @see Emscripten, File System API: custom file systems
 */
export function mountFolder(library: Hdf5Library, source: Hdf5Source): MountedFolder {
  const files = library.FS as unknown as FileSystem
  const folder = realpathSync(dirname(source.path))
  const name = basename(source.path)
  const point = `/${source.id}`
  const nodes: Node[] = []
  let reads = 0

  const make = (parent: Node | null, path: string, host: string): Node => {
    const bytes = parent && host === join(folder, name) && source.bytes ? new Uint8Array(source.bytes) : undefined
    const facts = bytes ? undefined : statSync(host)
    if (facts && !facts.isFile() && !facts.isDirectory()) throw new files.ErrnoError(absent)
    const node = files.createNode(parent, path, facts?.isDirectory() ? folderMode : fileMode, 0)
    const size = bytes?.length ?? facts!.size
    nodes.push(Object.assign(node, { host, size, bytes, node_ops: nodeOperations, stream_ops: streamOperations }))
    return node
  }

  const nodeOperations = {
    getattr({ id, mode, size }: Node): object {
      const [atime, mtime, ctime] = [new Date(0), new Date(0), new Date(0)]
      const blocks = Math.ceil(size / 512)
      return { dev: 1, ino: id, mode, nlink: 1, uid: 0, gid: 0, rdev: 0, size, atime, mtime, ctime, blksize: 4096, blocks }
    },
    lookup(parent: Node, child: string): Node {
      const host = join(parent.host, child)
      if (parent.host === folder && child === name) return make(parent, child, host)
      const real = realOf(host)
      if (real === null || !isInside(folder, real)) throw new files.ErrnoError(absent)
      return make(parent, child, real)
    }
  }

  const streamOperations = {
    open({ node }: Stream): void {
      if (node.bytes === undefined) node.handle ??= openSync(node.host, 'r')
    },
    read({ node }: Stream, target: Uint8Array, at: number, length: number, position: number): number {
      reads++
      if (node.bytes === undefined) return readWhole(node, target, at, length, position)
      const piece = node.bytes.subarray(position, position + length)
      new Uint8Array(target.buffer).set(piece, target.byteOffset + at)
      return piece.length
    },
    llseek({ node, position }: Stream, offset: number, whence: number): number {
      const next = offset + (whence === 0 ? 0 : whence === relativeTo ? node.size : position)
      if (next < 0) throw new files.ErrnoError(invalid)
      return next
    }
  }

  files.mkdir(point)
  files.mount({ mount: () => make(null, '/', folder) }, {}, point)
  return {
    main: `${point}/${name}`,
    follow(place, target) {
      // libhdf5 does so too: what was written on another machine often lies beside its file on this one
      const beside = posix.isAbsolute(target) ? posix.basename(target) : target
      const path = posix.normalize(posix.join(posix.dirname(place), beside))
      const outside = (received: string): never => {
        throw new FormatError({
          file: source.path,
          expected: 'links to files in its own folder',
          received: `a link to ${target}, ${received}`
        })
      }
      if (target.includes('\\') || !path.startsWith(`${point}/`)) outside('outside of it')
      const real = realOf(join(folder, path.slice(point.length)))
      if (real === null) return outside('where nothing is')
      if (!isInside(folder, real)) outside('outside of it')
      return path
    },
    seen: () => nodes.reduce((sum, { mode, size }) => sum + (mode === fileMode ? size : 0), 0),
    reads: () => reads,
    unmount() {
      for (const { handle } of nodes) if (handle !== undefined) closeSync(handle)
      files.unmount(point)
      files.rmdir(point)
    }
  }
}

/** A short read is an error: libhdf5 would take what is missing for zeros. */
function readWhole({ handle, size }: Node, target: Uint8Array, at: number, length: number, position: number): number {
  const wanted = Math.max(0, Math.min(length, size - position))
  let done = 0
  while (done < wanted) {
    const count = readSync(handle!, target, at + done, wanted - done, position + done)
    if (count === 0) break
    done += count
  }
  if (done === wanted) return done
  throw new FormatError({
    file: 'HDF5 file',
    offset: position + done,
    expected: `a file of ${size} bytes, as when it was opened`,
    received: 'its end: something shortens the file while it is read'
  })
}

function realOf(path: string): string | null {
  try {
    return realpathSync(path)
  } catch {
    return null
  }
}

function isInside(folder: string, real: string): boolean {
  const way = relative(folder, real)
  return way !== '' && way !== '..' && !way.startsWith(`..${sep}`) && join(folder, way) === real
}
