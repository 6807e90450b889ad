import { userInfo } from 'node:os'
import { OptionError } from '../../../errors.js'

/**
 * Who edits: as stated, else the user name of the operating system.
 * @throws {OptionError} ERR_OPTION when it is empty
 */
export function editAuthor(author: string = userInfo().username): string {
  if (author.trim() !== '') return author
  throw new OptionError({ subject: 'option "--author"', expected: 'who edits the map', received: 'an empty text' })
}
