import type { FrameCorrection, FrameInfo, FrameRole } from '../../../frame/frame-info.js'
import type { DicomLayout } from './dicom-layout.js'
import { elementValues } from './element-values.js'
import type { ElementValues } from './element-values.js'
import { isoTime } from './iso-time.js'
import type { DataSet } from './read-data-set.js'
import { tags } from './tags.js'

/** NM, Corrected Image (0028,0051): those of a panel's own kind; the others are `other`. */
const nuclear: Readonly<Record<string, FrameCorrection>> = { UNIF: 'gain', DTIM: 'linearity' }
/** How a maker of portal imagers lists in plain text what his software did. */
const makersText: readonly (readonly [RegExp, FrameCorrection])[] = [
  [/^(?:Offset Corr\. ?:|Dark Field Correction) ?(true|false|on|off)$/i, 'offset'],
  [/^(?:Gain Corr\. ?:|Flood Field Correction) ?(true|false|on|off)$/i, 'gain'],
  [/^(?:Pixel Corr\. ?:|(?:Static|Random) Pixel Defects Correction) ?(true|false|on|off)$/i, 'defects']
]
const roles: Readonly<Record<string, FrameRole>> = { DARK: 'dark', FLAT: 'flat', PROJECTION: 'projection' }

/**
 * What a data set says of the exposure. Numbers that must be positive and are not, and times that cannot be, are unknown.
 *
 * Time is when the frame was acquired; of an original frame that does not say, when its content began. Serial number is that of the
 * detector, else of the device. Corrections: derived, presented, lossy or logarithmic pixels are `other`; nuclear medicine and a
 * maker of portal imagers name theirs; DX says nothing of them, and then nothing is said.
 * @see DICOM PS3.3, C.8.11 DX and C.8.8.2 RT Image, 2024; ASTM E2699 (DICONDE), 2020
 */
export function dicomInfo(elements: DataSet, byteOrder: 'little' | 'big', layout: DicomLayout): FrameInfo {
  const values = elementValues(elements, byteOrder)
  // RT images say what was exposed in a sequence
  const exposed = elementValues(elements.get(tags.exposureSequence)?.item, byteOrder)
  const microamps = positive(values.decimal(tags.microamps))
  const pitches = [values.decimals(tags.imagerPixelSpacing), values.decimals(tags.imagePlanePixelSpacing)]
  const pitch = pitches.find((pair) => pair.length === 2 && pair.every((value) => value > 0))
  const averaged = positive(values.decimal(tags.framesIntegrated), averagedOf(values))
  const { rescaleSlope, rescaleIntercept } = tags
  const [slope, intercept] = [values.decimal(rescaleSlope), values.decimal(rescaleIntercept)]
  return withoutUnknown<FrameInfo>({
    mode: modeOf(values, exposed),
    serialNumber: values.text(tags.detectorId) ?? values.text(tags.deviceSerialNumber),
    kilovolts: positive(values.decimal(tags.kilovolts), exposed.decimal(tags.kilovolts)),
    milliamps: microamps === undefined ? positive(values.decimal(tags.milliamps), exposed.decimal(tags.milliamps)) : microamps / 1000,
    filter: filterOf(values),
    temperature: values.decimal(tags.detectorTemperature),
    bitsUsed: layout.type.startsWith('f') ? undefined : layout.bitsStored,
    framesAveraged: Number.isSafeInteger(averaged) ? averaged : undefined,
    pixelPitch: pitch && [pitch[0], pitch[1]],
    role: values
      .texts(tags.imageType)
      .slice(2)
      .map((text) => roles[text])
      .find((role) => role !== undefined),
    time: timeOf(values),
    corrections: correctionsOf(values),
    rescale: slope === undefined || intercept === undefined ? undefined : { slope, intercept },
    minIsWhite: layout.minIsWhite
  })
}

function withoutUnknown<T extends object>(facts: { [K in keyof T]: T[K] | undefined }): T {
  return Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined)) as T
}

function positive(...candidates: (number | undefined)[]): number | undefined {
  return candidates.find((value) => value !== undefined && value > 0)
}

function modeOf(values: ElementValues, exposed: ElementValues): FrameInfo['mode'] {
  const microseconds = positive(values.decimal(tags.exposureTimeMicroseconds))
  const frameTime = positive(values.decimal(tags.frameTime))
  const binning = values.decimals(tags.detectorBinning)
  const mode = withoutUnknown<NonNullable<FrameInfo['mode']>>({
    binning: binning.length === 2 && binning.every((count) => count > 0) ? binning.join('x') : undefined,
    integrationTime: positive(
      values.decimal(tags.internalFrameTime),
      values.decimal(tags.detectorActiveTime),
      microseconds && microseconds / 1000,
      values.decimal(tags.exposureTime),
      exposed.decimal(tags.exposureTime)
    ),
    frameRate: frameTime === undefined ? positive(values.decimal(tags.cineRate)) : 1000 / frameTime
  })
  return Object.keys(mode).length > 0 ? mode : undefined
}

function filterOf(values: ElementValues): string | undefined {
  const least = values.decimals(tags.filterThicknessMinimum)
  const most = values.decimals(tags.filterThicknessMaximum)
  const materials = values.texts(tags.filterMaterial).filter((material) => material !== '')
  const layers = materials.map((material, i) => {
    const [from, to] = [positive(least[i]), positive(most[i])]
    const thickness = from !== undefined && to !== undefined && from !== to ? `${from} to ${to}` : (from ?? to)
    return thickness === undefined ? material : `${thickness} mm ${material}`
  })
  return layers.length > 0 ? layers.join(', ') : values.text(tags.filterType)
}

function timeOf(values: ElementValues): string | undefined {
  const zone = values.text(tags.timezone)
  const acquired = isoTime(values.text(tags.acquisitionDateTime), zone)
  if (acquired !== undefined) return acquired
  const date = values.text(tags.acquisitionDate)
  if (date !== undefined) return isoTime(`${date}${values.text(tags.acquisitionTime) ?? ''}`, zone)
  const content = values.text(tags.contentDate)
  return content !== undefined && values.text(tags.imageType) === 'ORIGINAL'
    ? isoTime(`${content}${values.text(tags.contentTime) ?? ''}`, zone)
    : undefined
}

function averagedOf(values: ElementValues): number | undefined {
  const found = values
    .lines(tags.rtImageDescription)
    .map((line) => /^Averaged Frames (\d+)$/.exec(line))
    .find((match) => match !== null)
  return found && Number(found[1])
}

function correctionsOf(values: ElementValues): FrameCorrection[] | undefined {
  const found: (FrameCorrection | undefined)[] = values
    .texts(tags.correctedImage)
    .filter((name) => name !== '')
    .map((name) => nuclear[name] ?? 'other')
  const stated = values.lines(tags.rtImageDescription).flatMap((line) =>
    makersText.flatMap(([pattern, name]) => {
      const match = pattern.exec(line)
      return match ? [/^(true|on)$/i.test(match[1]) ? name : undefined] : []
    })
  )
  found.push(...stated)
  const relationship = values.text(tags.pixelIntensityRelationship)
  const derivation = derivationOf(values)
  found.push(...derivation)
  if (values.text(tags.comments) === 'Corrected: none') found.push(undefined)
  const processed =
    (values.text(tags.imageType) === 'DERIVED' && derivation.length === 0) ||
    values.text(tags.intent) === 'FOR PRESENTATION' ||
    values.text(tags.lossyCompression) === '01' ||
    (relationship !== undefined && relationship !== 'LIN')
  if (processed) found.push('other')
  return found.length === 0 ? undefined : [...new Set(found.filter((name) => name !== undefined))]
}

/** As `writeDicom` lists them. */
function derivationOf(values: ElementValues): FrameCorrection[] {
  const match = /^Corrected: ([a-z]+(?:, [a-z]+)*)$/.exec(values.text(tags.derivation) ?? '')
  const names = match ? match[1].split(', ') : []
  return names.every(isCorrection) ? names : []
}

function isCorrection(name: string): name is FrameCorrection {
  return ['offset', 'gain', 'defects', 'lines', 'lag', 'linearity', 'other'].includes(name)
}
