import type { FrameInfo } from '../../../frame/frame-info.js'
import type { WrittenElement } from './encode-elements.js'
import { isoTime } from './iso-time.js'
import { tags } from './tags.js'

const isoText = /^(\d{4})-(\d\d)-(\d\d)(?:T(\d\d):(\d\d):(\d\d)(\.\d{1,6})?\d*(Z|[+-]\d\d:\d\d)?)?$/
/** Longest text of SH, CS and DS. */
const shortText = 16
const longText = 64

/**
 * What is known of a frame, as elements of DX. What has no place there is left out: gain range, frame rate, region of interest, and texts
 * that are too long or not ASCII. Frames averaged are an attribute of DICONDE.
 * @see DICOM PS3.3, C.8.11 and C.8.7.10, 2024; ASTM E2699 (DICONDE), 2020
 */
export function describeExposure(info: FrameInfo): WrittenElement[] {
  const { mode, kilovolts, milliamps, temperature, serialNumber, filter, role, corrections, time } = info
  const binning = /^(\d+)x(\d+)$/.exec(mode?.binning ?? '')
  const derived = corrections !== undefined && corrections.length > 0
  const imageType = derived ? 'DERIVED' : 'ORIGINAL'
  return [
    [tags.imageType, 'CS', role === undefined ? `${imageType}\\PRIMARY\\` : `${imageType}\\PRIMARY\\\\${roleNames[role]}`],
    ...(derived ? [[tags.derivation, 'ST', `Corrected: ${corrections.join(', ')}`] as const] : []),
    ...(corrections?.length === 0 ? [[tags.comments, 'LT', 'Corrected: none'] as const] : []),
    ...timeOf(time),
    ...decimal(tags.kilovolts, kilovolts),
    ...decimal(tags.microamps, milliamps === undefined ? undefined : milliamps * 1000),
    ...decimal(tags.detectorTemperature, temperature),
    ...decimal(tags.detectorActiveTime, mode?.integrationTime),
    ...decimal(tags.framesIntegrated, info.framesAveraged),
    ...(binning ? [[tags.detectorBinning, 'DS', `${binning[1]}\\${binning[2]}`] as const] : []),
    ...(serialNumber === undefined ? [] : serialOf(serialNumber)),
    ...(filter === undefined ? [] : filterOf(filter))
  ]
}

const roleNames = { dark: 'DARK', flat: 'FLAT', projection: 'PROJECTION' } as const

/** Ten digits, or nine where they would not fit: DS has at most 16 letters. */
export function decimalText(value: number): string {
  const text = String(Number(value.toPrecision(10)))
  return text.length <= shortText ? text : value.toExponential(8)
}

function decimal(tag: number, value: number | undefined): WrittenElement[] {
  return value === undefined || !Number.isFinite(value) ? [] : [[tag, 'DS', decimalText(value)]]
}

function isText(text: string, longest: number): boolean {
  return text !== '' && text.length <= longest && /^[ -[\]-~]+$/.test(text)
}

function serialOf(serialNumber: string): WrittenElement[] {
  if (isText(serialNumber, shortText)) return [[tags.detectorId, 'SH', serialNumber]]
  return isText(serialNumber, longText) ? [[tags.deviceSerialNumber, 'LO', serialNumber]] : []
}

function filterOf(filter: string): WrittenElement[] {
  const layer = /^(\d+(?:\.\d+)?) mm ([A-Z][A-Z ]{0,15})$/.exec(filter)
  if (layer) {
    const [, thickness, material] = layer
    return [
      [tags.filterMaterial, 'CS', material],
      [tags.filterThicknessMinimum, 'DS', thickness],
      [tags.filterThicknessMaximum, 'DS', thickness]
    ]
  }
  return isText(filter, shortText) ? [[tags.filterType, 'SH', filter]] : []
}

function timeOf(time: string | undefined): WrittenElement[] {
  const { date, clock, offset } = partsOf(time)
  return [
    ...(date === undefined ? [] : [[tags.acquisitionDate, 'DA', date] as const, [tags.contentDate, 'DA', date] as const]),
    ...(clock === undefined ? [] : [[tags.acquisitionTime, 'TM', clock] as const, [tags.contentTime, 'TM', clock] as const]),
    ...(offset === undefined ? [] : [[tags.timezone, 'SH', offset] as const])
  ]
}

/** When a study began, as DX must state it; empty where that is not known. */
export function describeStudyTime(time: string | undefined): WrittenElement[] {
  const { date = '', clock = '' } = partsOf(time)
  return [
    [tags.studyDate, 'DA', date],
    [tags.studyTime, 'TM', clock]
  ]
}

function partsOf(time = ''): { date?: string; clock?: string; offset?: string } {
  const match = isoText.exec(time)
  if (!match) return {}
  const [, year, month, day, hour, minute, second, fraction = '', zone] = match
  const date = `${year}${month}${day}`
  const clock = hour === undefined ? undefined : `${hour}${minute}${second}${fraction}`
  // no 30 February, no 25 o'clock
  if (isoTime(`${date}${clock ?? ''}`) === undefined) return {}
  return { date, clock, offset: zone === 'Z' ? '+0000' : zone?.replace(':', '') }
}
