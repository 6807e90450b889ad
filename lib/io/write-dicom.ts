import { open } from 'node:fs/promises'
import { endianness } from 'node:os'
import { OptionError } from '../errors.js'
import { assertShape } from '../frame/assert-shape.js'
import { pixelTypeOf } from '../frame/pixel-type-of.js'
import type { RawFrame } from '../frame/raw-frame.js'
import { assertLittleEndian } from './assert-little-endian.js'
import { decimalText, describeExposure, describeStudyTime } from './formats/dicom/describe-exposure.js'
import { encodeElements } from './formats/dicom/encode-elements.js'
import type { WrittenElement } from './formats/dicom/encode-elements.js'
import { newUid } from './formats/dicom/new-uid.js'
import { tags } from './formats/dicom/tags.js'
import { replaceFile } from './replace-file.js'
import type { ReplaceFile } from './replace-file.js'
import { writeFully } from './write-fully.js'

assertLittleEndian(endianness())

export interface WriteDicomOptions {
  /**
   * false: refuse to replace an existing file.
   * @default false
   */
  overwrite?: boolean
  /**
   * How the written file comes to its name.
   * @default flushed to the disk and renamed at once
   */
  replace?: ReplaceFile
  /**
   * Distance of pixels in mm, [between rows, between columns]; DX must state it.
   * @default what the info of the frame says
   */
  pixelPitch?: readonly [number, number]
  /**
   * Who or what was exposed.
   * @default 'Panel^Detector'
   */
  patientName?: string
  /** @default 'PANEL' */
  patientId?: string
  /** @default '': not known */
  manufacturer?: string
  /**
   * UID of the study; files of one study share it.
   * @default a new one
   */
  studyUid?: string
  /**
   * When the study began, ISO 8601; files of one study state the same. Empty: not known.
   * @default the time of the frame
   */
  studyTime?: string
  /**
   * UID of the series; files of one series share it.
   * @default a new one
   */
  seriesUid?: string
  /**
   * UID of this frame.
   * @default a new one
   */
  instanceUid?: string
  /**
   * Place of the frame in its series, from 1.
   * @default 1
   */
  instanceNumber?: number
}

const storage = '1.2.840.10008.5.1.4.1.1.1.1.1'
const explicitLittleEndian = '1.2.840.10008.1.2.1'
/** Made once from a UUID, for this program. */
const implementation = '2.25.56074424262751696867925505554039158337'
const mostRows = 65_535

/**
 * Write one frame of u16 as DICOM: Digital X-Ray Image Storage, for processing, uncompressed, explicit VR little endian. Values stand
 * there as they are; DN are taken to grow with exposure. What `frame.info` says of the exposure goes into the file as far as DX has a
 * place for it; a role becomes the fourth value of Image Type, corrections make the frame derived and are listed.
 *
 * DX holds one frame per file: frames of one series are files with the same `studyUid`, `studyTime` and
 * `seriesUid`.
 * @param path file to write; its folder must exist
 * @param frame rows * cols values of u16, at most 65535 each way; other types are refused: for corrected frames ask for uint16 output
 * @throws {OptionError} ERR_OPTION for other pixel types, an unknown pixel pitch, a rescaling (DX for processing has none), or texts
 * that DICOM cannot hold
 * @throws {ShapeError} ERR_SHAPE when the frame has not as many values as its shape says
 * @throws {ExistsError} ERR_EXISTS when the file is there and `overwrite` is false
 * @throws {IoError} ERR_IO
 * @see DICOM PS3.3, A.26 Digital X-Ray Image IOD, 2024
 */
export async function writeDicom(path: string, frame: RawFrame, options: WriteDicomOptions = {}): Promise<void> {
  const { overwrite = false, replace = replaceFile } = options
  const pixels = pixelsOf(path, frame)
  const instanceUid = uid('instanceUid', options.instanceUid ?? newUid())
  const data = encodeElements(elementsOf(frame, options, instanceUid))
  // an element of its own, so that pixels are not copied
  const head = Buffer.concat([preambleOf(instanceUid), data, pixelHeader(pixels.length)])
  const write = async (temporaryPath: string): Promise<void> => {
    const handle = await open(temporaryPath, 'w')
    try {
      await writeFully(handle, head, 0)
      await writeFully(handle, pixels, head.length)
    } finally {
      await handle.close()
    }
  }
  await replace(path, write, { overwrite })
}

function pixelsOf(path: string, { data, shape, info }: RawFrame): Uint8Array {
  const subject = info?.name ?? path
  assertShape(subject, { data, shape })
  const type = pixelTypeOf(data)
  if (type !== 'u16') {
    const expected = 'pixels of type u16 for DICOM DX (corrected frames: uint16 output)'
    throw new OptionError({ subject, expected, received: type })
  }
  if (shape.some((size) => size > mostRows) || data.byteLength >= 2 ** 32 - 1) {
    throw new OptionError({ subject, expected: `at most ${mostRows} rows and columns, and 4 GiB, for DICOM`, received: shape.join(' x ') })
  }
  const { rescale } = info ?? {}
  if (rescale && (rescale.slope !== 1 || rescale.intercept !== 0)) {
    const received = `slope ${rescale.slope}, intercept ${rescale.intercept}`
    throw new OptionError({ subject, expected: 'values without rescaling: DX for processing has none', received })
  }
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
}

function preambleOf(instanceUid: string): Uint8Array {
  const meta = encodeElements([
    [0x0002_0001, 'OB', Uint8Array.of(0, 1)],
    [0x0002_0002, 'UI', storage],
    [0x0002_0003, 'UI', instanceUid],
    [tags.transferSyntax, 'UI', explicitLittleEndian],
    [0x0002_0012, 'UI', implementation],
    [0x0002_0013, 'SH', 'FLATPANEL']
  ])
  return Buffer.concat([Buffer.alloc(128), Buffer.from('DICM'), encodeElements([[tags.metaLength, 'UL', meta.length]]), meta])
}

function pixelHeader(length: number): Uint8Array {
  const head = Buffer.from([0xe0, 0x7f, 0x10, 0x00, 0x4f, 0x57, 0, 0, 0, 0, 0, 0])
  head.writeUInt32LE(length, 8)
  return head
}

function elementsOf({ data, shape, info = {} }: RawFrame, options: WriteDicomOptions, instanceUid: string): WrittenElement[] {
  const { patientName = 'Panel^Detector', patientId = 'PANEL', manufacturer = '', instanceNumber = 1 } = options
  const { pixelPitch = info.pixelPitch, studyUid = newUid(), studyTime = info.time, seriesUid = newUid() } = options
  const stored = storedBits(data, info.bitsUsed)
  const stated: WrittenElement[] = [
    [0x0008_0016, 'UI', storage],
    [0x0008_0018, 'UI', instanceUid],
    [0x0008_0070, 'LO', text('manufacturer', manufacturer)],
    [0x0010_0010, 'PN', text('patientName', patientName)],
    [0x0010_0020, 'LO', text('patientId', patientId)],
    [tags.imagerPixelSpacing, 'DS', pitchText(pixelPitch)],
    [0x0020_000d, 'UI', uid('studyUid', studyUid)],
    [0x0020_000e, 'UI', uid('seriesUid', seriesUid)],
    [0x0020_0013, 'IS', countText('instanceNumber', instanceNumber)],
    [tags.photometricInterpretation, 'CS', info.minIsWhite ? 'MONOCHROME1' : 'MONOCHROME2'],
    [tags.rows, 'US', shape[0]],
    [tags.columns, 'US', shape[1]],
    [tags.bitsStored, 'US', stored],
    [tags.highBit, 'US', stored - 1],
    [0x2050_0020, 'CS', info.minIsWhite ? 'INVERSE' : 'IDENTITY']
  ]
  // the same tag said twice: the later one holds
  const all = [...always, ...stated, ...describeStudyTime(studyTime), ...describeExposure(info)]
  return [...new Map(all.map((element) => [element[0], element])).values()]
}

/** DX stores 6 to 16 bits. */
function storedBits(data: RawFrame['data'], bitsUsed = 16): number {
  if (!Number.isSafeInteger(bitsUsed) || bitsUsed < 6 || bitsUsed > 16) return 16
  const most = 2 ** bitsUsed - 1
  for (const value of data) if (value > most) return 16
  return bitsUsed
}

const code = (value: string, meaning: string): readonly WrittenElement[] => [
  [0x0008_0100, 'SH', value],
  [0x0008_0102, 'SH', 'SCT'],
  [0x0008_0104, 'LO', meaning]
]

/** What DX must state and a panel on a bench has not: empty where that is allowed. */
const always: readonly WrittenElement[] = [
  [0x0008_0050, 'SH', ''],
  [0x0008_0060, 'CS', 'DX'],
  [tags.intent, 'CS', 'FOR PROCESSING'],
  [0x0008_0090, 'PN', ''],
  [0x0008_2218, 'SQ', [code('38266002', 'Entire body')]],
  [0x0010_0030, 'DA', ''],
  [0x0010_0040, 'CS', ''],
  [0x0018_1508, 'CS', ''],
  [0x0018_7004, 'CS', ''],
  [0x0020_0010, 'SH', '1'],
  [0x0020_0011, 'IS', '1'],
  [0x0020_0020, 'CS', 'L\\F'],
  [0x0020_0062, 'CS', 'U'],
  [tags.samplesPerPixel, 'US', 1],
  [tags.bitsAllocated, 'US', 16],
  [tags.pixelRepresentation, 'US', 0],
  [0x0028_0301, 'CS', 'NO'],
  [tags.pixelIntensityRelationship, 'CS', 'LIN'],
  // SS, and positive: more exposure, higher values
  [0x0028_1041, 'SS', 1],
  [tags.rescaleIntercept, 'DS', '0'],
  [tags.rescaleSlope, 'DS', '1'],
  [0x0028_1054, 'LO', 'US'],
  [tags.lossyCompression, 'CS', '00'],
  [0x0040_0555, 'SQ', []],
  [0x0054_0220, 'SQ', [[...code('399348003', 'antero-posterior'), [0x0054_0222, 'SQ', []]]]]
]

function text(option: string, value: string): string {
  if (typeof value === 'string' && /^[ -[\]-~]{0,64}$/.test(value)) return value
  throw new OptionError({
    subject: `option "${option}"`,
    expected: 'at most 64 letters of ASCII, without \\',
    received: JSON.stringify(value)
  })
}

function uid(option: string, value: string): string {
  if (typeof value === 'string' && value.length <= 64 && /^(0|[1-9]\d*)(\.(0|[1-9]\d*))+$/.test(value)) return value
  throw new OptionError({ subject: `option "${option}"`, expected: 'a UID: at most 64 digits and points', received: JSON.stringify(value) })
}

function countText(option: string, value: number): string {
  if (Number.isSafeInteger(value) && value >= 1 && value < 2 ** 31) return String(value)
  throw new OptionError({ subject: `option "${option}"`, expected: 'a number from 1', received: String(value) })
}

function pitchText(pitch: readonly [number, number] | undefined): string {
  const isPitch = Array.isArray(pitch) && pitch.length === 2 && pitch.every((distance) => Number.isFinite(distance) && distance > 0)
  if (isPitch) return pitch.map(decimalText).join('\\')
  const received = pitch === undefined ? 'none, and the frame does not say' : JSON.stringify(pitch)
  throw new OptionError({ subject: 'option "pixelPitch"', expected: 'two distances in mm above 0, as DICOM DX must state them', received })
}
