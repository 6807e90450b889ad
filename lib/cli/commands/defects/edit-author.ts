import { userInfo } from 'node:os'
import { OptionError } from '../../../errors.js'

/**
 * Who edits: as stated, else the user name of the operating system.
 * @throws {OptionError} ERR_OPTION where the system knows none
 */
export function editAuthor(author: string | undefined): string {
  if (author !== undefined && author.trim() !== '') return author
  try {
    const { username } = userInfo()
    if (author === undefined && username !== '') return username
  } catch {}
  throw new OptionError({ subject: 'option "--author"', expected: 'who edits the map', received: author === undefined ? 'none, and the system knows no user' : 'an empty text' })
}
