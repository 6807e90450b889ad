import { OptionError, ShapeError } from '../../errors.js'
import type { RawFrame } from '../../frame/raw-frame.js'
import type { Shape } from '../../frame/shape.js'
import type { CalibrationSet } from '../../maps/calibration-set.js'
import type { DefectClass } from '../../maps/defect-flags.js'
import type { DefectLayers } from '../../maps/layers/defect-layers.js'
import { flagsOf } from '../../maps/layers/flags-of.js'
import { layersOfCalibration } from '../../maps/layers/layers-of-calibration.js'
import { placeMap } from '../../maps/layers/place-map.js'
import { resolveLayers } from '../../maps/layers/resolve-layers.js'
import type { DefectMap } from '../../maps/maps.js'
import { loadCalibration } from '../load-calibration.js'
import { openFrameFile } from '../formats/open-frame-file.js'
import { openFrames } from '../open-frames.js'
import type { DefectsFormat } from './defects-format.js'
import { defectsOfValues } from './defects-of-values.js'
import { parseAreaDetectorJson } from './parse-area-detector-json.js'
import { parseBadPixelXml } from './parse-bad-pixel-xml.js'
import { parseDefectsCsv } from './parse-defects-csv.js'
import { parseDefectsText } from './parse-defects-text.js'
import { readBytes } from './read-bytes.js'
import type { ReadMap } from './read-map.js'
import { readPixelMask } from './read-pixel-mask.js'
import { readPngValues } from './read-png-values.js'
import { readText } from './read-text.js'
import { recogniseDefects } from './recognise-defects.js'

export interface ReadDefectsOptions {
  /**
   * [rows, cols] of the panel; must be stated for forms that do not (areaDetector, CSV), and is held against those that do.
   * @default as the file states
   */
  readonly shape?: Shape
  /** First row and column of the map on the panel `shape`: the map is placed there. @default none: the map is the panel */
  readonly origin?: readonly [number, number]
  /** TIFF and PNG: the value that means bad. */
  readonly badValue?: number
  /** TIFF and PNG: the value that means good. */
  readonly goodValue?: number
  /** Class of pixels that a file only calls bad. @default 'user' */
  readonly defaultClass?: DefectClass
  /** HDF5 of others: path of the dataset. @default '/entry/instrument/detector/pixel_mask' */
  readonly dataset?: string
}

/** A defect map as read. */
export interface ReadDefects {
  readonly format: DefectsFormat
  /** Flags as they stand in the file; on the panel where an origin was given. */
  readonly defects: DefectMap
  /** Layers, of the forms that have them. */
  readonly layers: DefectLayers | null
  readonly calibration: CalibrationSet | null
  /** When the map was made, ISO 8601; null: unknown. */
  readonly date: string | null
  /** What the reader should know: one sentence each. */
  readonly notes: readonly string[]
}

/**
 * Read a defect map of any form that flatpanel knows, recognised by its content: a calibration, its text form, `.bpm.xml` of X-Tek /
 * PerkinElmer, the bad-pixel list of areaDetector, CSV, HDF5 with a `pixel_mask`, TIFF or PNG (where the value that means bad, or
 * good, must be stated).
 * @throws {FormatError} ERR_FORMAT when it is none of them, damaged, or contradicts itself
 * @throws {ShapeError} ERR_SHAPE when it is of another panel than `shape`
 * @throws {OptionError} ERR_OPTION when something must be stated: shape, value, origin inside the panel
 * @throws {IoError} ERR_IO
 */
export async function readDefects(path: string, options: ReadDefectsOptions = {}): Promise<ReadDefects> {
  const { shape, origin } = options
  if (origin !== undefined && shape === undefined) {
    throw new OptionError({ subject: path, expected: 'the shape of the panel with an origin', received: 'none' })
  }
  const format = await recogniseDefects(path)
  const read = await readAs(format, path, options)
  const { defects } = read
  if (origin === undefined) {
    assertPanel(path, defects.shape, shape)
    return { layers: null, calibration: null, date: null, ...read, format }
  }
  return { calibration: null, date: null, ...read, format, layers: null, defects: placeMap(defects, origin, shape!) }
}

type Reading = ReadMap & Partial<ReadDefects>

async function readAs(format: DefectsFormat, path: string, options: ReadDefectsOptions): Promise<Reading> {
  const flags = flagsOf([options.defaultClass ?? 'user'])
  switch (format) {
    case 'calibration': {
      const calibration = await loadCalibration(path)
      const { created } = calibration.provenance
      return { defects: calibration.defects, layers: layersOfCalibration(calibration), calibration, date: created, notes: [] }
    }
    case 'text': {
      const layers = parseDefectsText(path, await readText(path))
      return { defects: resolveLayers(layers), layers, date: lastDate(layers), notes: [] }
    }
    case 'bpm-xml':
      return parseBadPixelXml(path, await readText(path), { flags })
    case 'areadetector':
      return parseAreaDetectorJson(path, await readText(path), statedShape(path, options), { flags })
    case 'csv':
      return parseDefectsCsv(path, await readText(path), statedShape(path, options), { flags })
    case 'nexus':
      return readPixelMask(path, await readBytes(path), { dataset: options.dataset })
    case 'png':
      return { defects: defectsOfValues(path, await readPng(path), { ...options, flags }), notes: [] }
    case 'tiff':
      return { defects: defectsOfValues(path, await readPage(path), { ...options, flags }), notes: [] }
  }
}

/** Of a region that begins at an origin, the largest that the panel leaves: lists of places do not say more. */
function statedShape(path: string, { shape, origin }: ReadDefectsOptions): Shape {
  if (shape === undefined) {
    throw new OptionError({ subject: path, expected: 'the shape of the panel, which this form does not state', received: 'none' })
  }
  return origin === undefined ? shape : [shape[0] - origin[0], shape[1] - origin[1]]
}

function assertPanel(path: string, found: Shape, shape: Shape | undefined): void {
  if (shape === undefined || (shape[0] === found[0] && shape[1] === found[1])) return
  const expected = `a map of the panel [${shape.join(', ')}] (or an origin on it)`
  throw new ShapeError({ subject: path, expected, received: `[${found.join(', ')}]` })
}

async function readPng(path: string): Promise<RawFrame> {
  const file = await openFrameFile(path)
  try {
    return await readPngValues(file)
  } finally {
    await file.close()
  }
}

async function readPage(path: string): Promise<RawFrame> {
  const frames = await openFrames(path, undefined)
  try {
    if (frames.pages !== 1) throw new OptionError({ subject: path, expected: 'one page: a map', received: `${frames.pages} pages` })
    return await frames.readPage(0)
  } finally {
    await frames.close()
  }
}

function lastDate({ factory, found, user }: DefectLayers): string | null {
  const dates = [...factory, ...found, ...user].map(({ date }) => date).filter((date) => date !== null)
  return dates.length === 0 ? null : dates.reduce((a, b) => (a > b ? a : b))
}
