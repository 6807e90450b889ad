import { StackError } from '../errors.js'
import type { FrameRole } from '../frame/frame-info.js'
import type { FrameReader } from './formats/frame-format.js'

/**
 * Pages of a file that were taken for `role`: all of them where none is asked for, or the file does not say what they were taken for.
 * @param required a file must say it
 * @returns indices from 0; may be empty
 * @throws {StackError} ERR_STACK when the file does not say it, and must
 */
export function pagesOf(
  path: string,
  { pages, roles }: Pick<FrameReader, 'pages' | 'roles'>,
  role: FrameRole | undefined,
  required: boolean
): number[] {
  const all = Array.from({ length: pages }, (_, page) => page)
  if (roles && role !== undefined) return all.filter((page) => roles[page] === role)
  if (roles || !required) return all
  throw new StackError({
    subject: path,
    expected: 'a file that says what its frames were taken for (image_key of NeXus, Data Exchange, Image Type of DICOM)',
    received: 'one that does not say it'
  })
}
