import { readDefects } from '../../../io/defects/read-defects.js'
import type { ReadDefects, ReadDefectsOptions } from '../../../io/defects/read-defects.js'
import { completeDefects } from '../../../maps/layers/complete-defects.js'
import type { Terminal } from '../../terminal.js'

/**
 * A map for naming, grading, comparing: as the file has it. The layers of a text are added up as a calibration would, with the pixels
 * whose neighbourhood is bad; to the list of another program nothing is added.
 */
export async function openMap(file: string, options: ReadDefectsOptions, terminal: Terminal): Promise<ReadDefects> {
  const read = await readDefects(file, options)
  if (read.format === 'text') completeDefects(read.defects)
  for (const note of read.notes) terminal.say(`${file}: ${note}`)
  return read
}
