import { defectClassNames } from './defect-class-names.js'
import { formatNumber, formatQuantity } from './format-number.js'
import { formatTable } from './format-table.js'
import { warningLines } from './warning-lines.js'
import type { DefectClass } from '../maps/defect-flags.js'
import type { CalibrationChanges } from '../quality/compare-calibrations.js'

/**
 * Write what changed between two calibrations of a panel as plain text: drift of the offset, change of the gain, defects that
 * came, went and stayed.
 * @param changes of `compareCalibrations(before, after)`
 */
export function reportChanges(changes: CalibrationChanges): string {
  const { defects, before, after } = changes
  return [
    `changes since the calibration of ${before.created ?? 'unknown date'}: ${defects.added} new bad pixels, ${defects.healed} healed, ${defects.persisting} persisting`,
    '',
    formatTable([
      ['compared', `${changes.comparedPixels} pixels that are good in both`],
      ['before', `${before.created ?? 'unknown date'}, panel ${before.serialNumber ?? 'unknown'}`],
      ['after', `${after.created ?? 'unknown date'}, panel ${after.serialNumber ?? 'unknown'}`],
      ['offset drift', offsetDrift(changes)],
      ['offset pattern', sdLine(changes.offsetChangeSdDn, changes.expectedOffsetChangeSdDn, 'DN')],
      ['gain change', formatQuantity(changes.gainChangePercent, '%', 3)],
      ['gain pattern', sdLine(changes.gainChangeSdPercent, changes.expectedGainChangeSdPercent, '%')],
      ['reference', `${formatQuantity(changes.referenceChangePercent, '%', 3)} (the level of the flats)`]
    ]),
    ...classLines(changes),
    ...warningLines(changes.warnings)
  ].join('\n')
}

function offsetDrift({ offsetDriftDn, offsetDriftInNoise }: CalibrationChanges): string {
  const drift = formatQuantity(offsetDriftDn, 'DN', 3)
  return offsetDriftInNoise === null ? drift : `${drift} (${formatNumber(offsetDriftInNoise, 3)} of the dark noise)`
}

function sdLine(sd: number | null, expected: number | null, unit: string): string {
  const measured = `sd ${formatQuantity(sd, unit, 3)}`
  return expected === null ? measured : `${measured} (noise of the two maps alone: ${formatQuantity(expected, unit, 3)})`
}

function classLines({ classes }: CalibrationChanges): string[] {
  const rows = (Object.keys(classes) as DefectClass[])
    .filter((name) => classes[name].added + classes[name].healed + classes[name].persisting > 0)
    .map((name) => [defectClassNames[name], ...[classes[name].added, classes[name].healed, classes[name].persisting].map(String)])
  if (rows.length === 0) return []
  return ['', formatTable([['defects', 'new', 'healed', 'persisting'], ...rows], { align: ['left', 'right', 'right', 'right'] })]
}
