import { StackError } from '../errors.js'
import type { FrameRole } from '../frame/frame-info.js'
import type { FrameReader } from './formats/frame-format.js'

/**
 * Pages of a file that were taken for `role`, all of them where none is asked for.
 * @returns indices from 0; may be empty
 * @throws {StackError} ERR_STACK when the file does not say what its frames were taken for
 */
export function pagesOf(path: string, { pages, roles }: Pick<FrameReader, 'pages' | 'roles'>, role: FrameRole | undefined): number[] {
  const all = Array.from({ length: pages }, (_, page) => page)
  if (role === undefined) return all
  if (roles) return all.filter((page) => roles[page] === role)
  throw new StackError({
    subject: path,
    expected: `a file that says which of its frames are ${role}s (image_key of NeXus, Data Exchange)`,
    received: 'one that does not say it'
  })
}
