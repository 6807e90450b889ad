import { BAD_PIXEL_BITS, DEFECT_FLAGS } from '../maps/defect-flags.js'
import { defectClassNames } from './defect-class-names.js'
import { findingBlocks } from './finding-blocks.js'
import { formatNumber, formatQuantity } from './format-number.js'
import { readDefectFinding } from '../maps/read-defect-finding.js'
import type { CalibrationSet } from '../maps/calibration-set.js'
import type { Block, FigureRow } from './blocks/block.js'
import type { DefectClass } from '../maps/defect-flags.js'
import type { CalibrationSummary, StackSummaryFigures } from '../quality/summarize-calibration.js'
import type { MapQuantiles } from '../quality/map-quantiles.js'

/** Dropped frames that are named at first. */
const MOST_DROPPED = 10

/**
 * Report what a calibration is: bad pixels in one sentence, then panel, frames kept and dropped, maps, defects by class, warnings.
 * @param calibration gives mode, program and options that the summary leaves out
 * @param summary of `summarizeCalibration(calibration)`
 */
export function reportCalibration(calibration: CalibrationSet, summary: CalibrationSummary): Block[] {
  return [
    { kind: 'verdict', outcome: 'none', text: headline(summary) },
    { kind: 'figures', rows: facts(calibration, summary) },
    { kind: 'table', title: 'frames', rows: summary.stacks.map(stackRow) },
    { kind: 'list', title: 'dropped frames', items: droppedFrames(summary.stacks), brief: MOST_DROPPED },
    {
      kind: 'table',
      title: 'maps over the good pixels',
      columns: ['', 'median', '0.1 % below', '99.9 % below', ''],
      rows: mapRows(summary),
      align: ['left', 'right', 'right', 'right', 'left']
    },
    defectTable(summary),
    ...findingBlocks(readDefectFinding(calibration.provenance)),
    { kind: 'list', title: 'warnings', items: summary.warnings }
  ]
}

function headline({ shape, serialNumber, defects, warnings }: CalibrationSummary): string {
  const panel = serialNumber === null ? 'a panel of unknown serial number' : `panel ${serialNumber}`
  const bad = `${defects.badPixels} bad ${defects.badPixels === 1 ? 'pixel' : 'pixels'} (${formatNumber(defects.badPercent, 3)} %)`
  const notes = warnings.length === 0 ? 'no warnings' : `${warnings.length} ${warnings.length === 1 ? 'warning' : 'warnings'}`
  return `calibration of ${panel}, ${shape[0]} x ${shape[1]} pixels: ${bad}, ${notes}`
}

function facts({ provenance }: CalibrationSet, summary: CalibrationSummary): FigureRow[] {
  const { pixelPitchMillimetres: pitch } = summary
  const mode = Object.entries(provenance.mode).filter(([, value]) => value !== undefined)
  const rows: [string, string | null][] = [
    ['name', summary.localName],
    ['created', summary.created ?? 'unknown'],
    ['program', `${provenance.program} ${provenance.version}`],
    ['mode', mode.length === 0 ? 'unknown' : mode.map(([name, value]) => `${name} ${value}`).join(', ')],
    ['beam', beam(provenance.kilovolts, provenance.filter)],
    ['temperature', provenance.temperature === null ? 'unknown' : `${formatNumber(provenance.temperature)} degC`],
    ['pixel pitch', pitch === null ? 'unknown' : `${formatNumber(pitch[0])} x ${formatNumber(pitch[1])} mm`],
    ['saturation', formatQuantity(summary.saturationDn, 'DN')],
    ['reference', formatQuantity(summary.referenceDn, 'DN', 6)]
  ]
  return rows.flatMap(([name, value]) => (value === null ? [] : [{ name, value }]))
}

function beam(kilovolts: number | null, filter: string | null): string {
  if (kilovolts === null && filter === null) return 'unknown'
  return `${kilovolts === null ? 'kV unknown' : `${formatNumber(kilovolts)} kV`}, filter ${filter ?? 'unknown'}`
}

function stackRow({ role, level, frames, kept, combine, passes }: StackSummaryFigures): string[] {
  const name = role === 'dark' ? 'darks' : `flats, level ${level}`
  return [name, `${kept} of ${frames} kept`, combine, `${passes} ${passes === 1 ? 'pass' : 'passes'}`]
}

function droppedFrames(stacks: readonly StackSummaryFigures[]): string[] {
  return stacks.flatMap(({ role, level, dropped }) =>
    dropped.map(({ index, name, reason }) => {
      const frame = `${role === 'dark' ? 'dark' : `flat (level ${level})`} ${index}${name === null ? '' : `, ${name}`}`
      return `${frame}: ${reason ?? 'no reason recorded'}`
    })
  )
}

function mapRows(summary: CalibrationSummary): string[][] {
  const row = (name: string, map: MapQuantiles | null, unit: string) =>
    map === null ? [name, 'none'] : [name, formatNumber(map.median), formatNumber(map.low), formatNumber(map.high), unit]
  return [
    row('offset', summary.offsetDn, 'DN'),
    row('one sigma of the offset', summary.offsetErrorsDn, 'DN'),
    row('noise in the dark', summary.noiseDn, 'DN'),
    row('flat signal', summary.flatSignalDn, 'DN'),
    row('noise of the flats', summary.flatNoiseDn, 'DN'),
    row('gain', summary.gain, ''),
    row('one sigma of the gain', summary.gainErrors, '')
  ]
}

function defectTable({ defects, goodPixels }: CalibrationSummary): Block {
  const names = (Object.keys(DEFECT_FLAGS) as DefectClass[]).filter((name) => defects.classes[name] > 0)
  const inClasses = names.reduce((sum, name) => sum + ((DEFECT_FLAGS[name] & BAD_PIXEL_BITS) === 0 ? 0 : defects.classes[name]), 0)
  const overlap = inClasses > defects.badPixels ? '; a pixel of several classes counts in each' : ''
  const title = `defects: ${defects.badPixels} of ${defects.pixels} pixels (${formatNumber(defects.badPercent, 3)} %), ${goodPixels} good${overlap}`
  if (names.length === 0) return { kind: 'note', text: title }
  return {
    kind: 'table',
    title,
    rows: names.map((name) => {
      const count = defects.classes[name]
      return [defectClassNames[name], String(count), `${formatNumber((100 * count) / defects.pixels, 3)} %`]
    }),
    align: ['left', 'right', 'right']
  }
}
