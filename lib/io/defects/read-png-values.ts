import type { RawFrame } from '../../frame/raw-frame.js'
import type { FrameFile } from '../formats/frame-file.js'
import { decodePng } from '../formats/png/decode-png.js'
import { readPngChunks } from '../formats/png/read-png-chunks.js'
import { assertPanelShape } from './assert-panel-shape.js'

/**
 * Read a PNG of one value per pixel, as a bad-pixel map is stored: grey of 1, 2, 4, 8 or 16 bits, or indices into a palette (the
 * index counts, not its colour). Values are returned as stored.
 * @throws {FormatError} ERR_FORMAT when it is damaged, of colour or interlaced, or larger than a panel
 */
export async function readPngValues(file: FrameFile): Promise<RawFrame> {
  const png = await readPngChunks(file, { indices: true })
  assertPanelShape(file.path, png.rows, png.cols)
  return decodePng(file, png)
}
