import type { FrameFormat } from '../frame-format.js'
import { decodePng } from './decode-png.js'
import { readPngChunks } from './read-png-chunks.js'

const signature = '89504e470d0a1a0a'

/**
 * PNG with one grey sample of 8 or 16 bits per pixel, interlaced or not. Colour, palettes, transparency and animations are refused by
 * name; gamma and the other chunks that only tell how to show it are not applied.
 * @see ISO/IEC 15948, 2004 (PNG, second edition)
 */
export const pngFormat: FrameFormat = {
  name: 'PNG',
  key: 'png',
  extensions: ['.png'],
  matches: (head) => Buffer.from(head.subarray(0, 8)).toString('hex') === signature,
  async open(file) {
    const png = await readPngChunks(file)
    return { pages: 1, readPage: () => decodePng(file, png) }
  }
}
