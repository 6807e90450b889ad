import { stat } from 'node:fs/promises'
import { dirname, extname, join, basename } from 'node:path'
import { keepFile } from './keep-file.js'

/**
 * Keep a calibration file under a second name beside it, `SN1234.20261121T021500Z.nxs`, so that the first name can be
 * given to another; an earlier archive is never overwritten (`SN1234.20261121T021500Z-2.nxs` follows).
 *
 * It is a hard link, made in an instant and complete at every instant; where the file system has none, a copy.
 * @param path an existing file, not a symbolic link
 * @param now the time in the name
 * @returns path of the archive, or null when there is no file at `path`
 * @throws {IoError} ERR_IO
 */
export async function archiveCalibration(path: string, now: Date = new Date()): Promise<string | null> {
  const isFile = await stat(path).then(
    (facts) => facts.isFile(),
    () => false
  )
  if (!isFile) return null
  const extension = extname(path)
  const time = now.toISOString().replace(/[-:]|\.\d+/g, '')
  const start = join(dirname(path), `${basename(path, extension)}.${time}`)
  for (let turn = 1; ; turn++) {
    const archive = turn === 1 ? `${start}${extension}` : `${start}-${turn}${extension}`
    if (await keepFile(path, archive)) return archive
  }
}
