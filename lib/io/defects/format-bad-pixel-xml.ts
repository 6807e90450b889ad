import { DEFECT_FLAGS } from '../../maps/defect-flags.js'
import type { DefectMap } from '../../maps/maps.js'
import { neighbourMasks } from './neighbour-masks.js'

/**
 * Write a bad-pixel map in the form of X-Tek / PerkinElmer (`.bpm.xml`), with the Mask byte of every pixel worked out and the pixels
 * in the order in which they are filled; see {@link neighbourMasks}. Pixels of class `noisy` are `NoisyPixel="true"`; other classes
 * have no place in the format. Line ends are CR LF.
 */
export function formatBadPixelXml(defects: DefectMap): string {
  const { data, shape } = defects
  const { pixels, masks } = neighbourMasks(defects)
  const lines = [
    '<?xml version="1.0" encoding="utf-8"?>',
    '<BadPixelMap xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:xsd="http://www.w3.org/2001/XMLSchema" ' +
      `SizeX="${shape[1]}" SizeY="${shape[0]}">`,
    pixels.length === 0 ? '  <BadPixels />' : '  <BadPixels>'
  ]
  pixels.forEach((i, k) => {
    const noisy = (data[i] & DEFECT_FLAGS.noisy) !== 0
    lines.push(`    <BadPixel X="${i % shape[1]}" Y="${Math.floor(i / shape[1])}" Mask="${masks[k]}" NoisyPixel="${noisy}" />`)
  })
  if (pixels.length > 0) lines.push('  </BadPixels>')
  lines.push('  <UserDefinedBadPixels />', '  <BadRows />', '  <BadColumns />', '</BadPixelMap>')
  return lines.join('\r\n')
}
