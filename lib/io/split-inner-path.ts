import { fileExists } from './file-exists.js'

/** The mark between a file and the path of frames inside it. */
const mark = '::'

/**
 * Split `scan.nxs::/entry/data` into the file and the path inside it. A name that exists as it stands is a file, whatever it contains.
 * @returns `inside` undefined where there is none
 */
export async function splitInnerPath(path: string): Promise<{ file: string; inside: string | undefined }> {
  const at = path.lastIndexOf(mark)
  if (at < 1 || (await fileExists(path))) return { file: path, inside: undefined }
  return { file: path.slice(0, at), inside: path.slice(at + mark.length) }
}
