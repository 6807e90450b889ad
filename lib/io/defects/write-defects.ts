import { writeFile } from 'node:fs/promises'
import { extname } from 'node:path'
import { OptionError } from '../../errors.js'
import type { DefectLayers } from '../../maps/layers/defect-layers.js'
import type { DefectMap } from '../../maps/maps.js'
import { writeTiff } from '../formats/tiff/write-tiff.js'
import { replaceFile } from '../replace-file.js'
import { DEFECTS_FORMATS } from './defects-format.js'
import type { DefectsFormat } from './defects-format.js'
import { encodePixelMask } from './encode-pixel-mask.js'
import { encodePng } from './encode-png.js'
import { formatAreaDetectorJson } from './format-area-detector-json.js'
import type { FormatAreaDetectorJsonOptions } from './format-area-detector-json.js'
import { formatBadPixelXml } from './format-bad-pixel-xml.js'
import { formatDefectsCsv } from './format-defects-csv.js'
import { formatDefectsText } from './format-defects-text.js'
import { valuesOfDefects } from './values-of-defects.js'
import type { ValuesOfDefectsOptions } from './values-of-defects.js'

/** Forms that {@link writeDefects} writes. */
export type WrittenDefectsFormat = Exclude<DefectsFormat, 'calibration'>

export interface WriteDefectsOptions extends FormatAreaDetectorJsonOptions, ValuesOfDefectsOptions {
  /** @default by the ending of the name: .defects .txt .xml .json .csv .nxs .h5 .tif .png */
  readonly format?: WrittenDefectsFormat
  /** Replace a file that is there. @default false */
  readonly overwrite?: boolean
}

/**
 * Write a defect map in the form that another program reads. All forms but the text hold the effective map only, most of them without
 * classes; the text form holds the layers.
 * @param defects complete map of the panel
 * @param layers for the text form
 * @returns the form
 * @throws {OptionError} ERR_OPTION when the form is not known, or TIFF and PNG are not told which values to write
 * @throws {ExistsError} ERR_EXISTS when the file is there and `overwrite` is false
 * @throws {IoError} ERR_IO
 */
export async function writeDefects(
  path: string,
  { defects, layers }: { readonly defects: DefectMap; readonly layers: DefectLayers },
  options: WriteDefectsOptions = {}
): Promise<WrittenDefectsFormat> {
  const { format = formatOf(path), overwrite = false } = options
  if (format === 'tiff') {
    const data = valuesOfDefects(defects, options)
    await writeTiff(path, [{ data, shape: defects.shape }], { compression: 'deflate', overwrite })
    return format
  }
  const content = await contentOf(format, defects, layers, options)
  await replaceFile(path, (temporaryPath) => writeFile(temporaryPath, content), { overwrite })
  return format
}

function contentOf(
  format: Exclude<WrittenDefectsFormat, 'tiff'>,
  defects: DefectMap,
  layers: DefectLayers,
  options: WriteDefectsOptions
): string | Uint8Array | Promise<Uint8Array> {
  switch (format) {
    case 'text':
      return formatDefectsText(layers)
    case 'bpm-xml':
      return formatBadPixelXml(defects)
    case 'areadetector':
      return formatAreaDetectorJson(defects, options)
    case 'csv':
      return formatDefectsCsv(defects)
    case 'nexus':
      return encodePixelMask(defects)
    case 'png':
      return encodePng(valuesOfDefects(defects, options), defects.shape)
  }
}

function formatOf(path: string): WrittenDefectsFormat {
  const ending = extname(path).toLowerCase()
  for (const [format, endings] of Object.entries(DEFECTS_FORMATS)) {
    if (endings.includes(ending)) return format === 'calibration' ? 'nexus' : (format as WrittenDefectsFormat)
  }
  const known = Object.values(DEFECTS_FORMATS).flat().join(' ')
  throw new OptionError({
    subject: path,
    expected: `a name with one of the endings ${known}, or the format stated`,
    received: ending || 'no ending'
  })
}
