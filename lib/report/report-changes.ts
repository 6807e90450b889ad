import { defectClassNames } from './defect-class-names.js'
import { formatNumber, formatQuantity } from './format-number.js'
import type { Block } from './blocks/block.js'
import type { DefectClass } from '../maps/defect-flags.js'
import type { CalibrationChanges } from '../quality/compare-calibrations.js'

/**
 * Report what changed between two calibrations of a panel: drift of the offset, change of the gain, defects that
 * came, went and stayed.
 * @param changes of `compareCalibrations(before, after)`
 */
export function reportChanges(changes: CalibrationChanges): Block[] {
  const { defects, before, after } = changes
  return [
    {
      kind: 'verdict',
      outcome: 'none',
      text: `${defects.added} new bad pixels, ${defects.healed} healed, ${defects.persisting} persisting since ${before.created ?? 'an unknown date'}`
    },
    factsOf([
      ['compared', `${changes.comparedPixels} pixels that are good in both`],
      ['before', `${before.created ?? 'unknown date'}, panel ${before.serialNumber ?? 'unknown'}`],
      ['after', `${after.created ?? 'unknown date'}, panel ${after.serialNumber ?? 'unknown'}`],
      ['offset drift', offsetDrift(changes)],
      ['offset pattern', sdLine(changes.offsetChangeSdDn, changes.expectedOffsetChangeSdDn, 'DN')],
      ['gain change', formatQuantity(changes.gainChangePercent, '%', 3)],
      ['gain pattern', sdLine(changes.gainChangeSdPercent, changes.expectedGainChangeSdPercent, '%')],
      ['reference', `${formatQuantity(changes.referenceChangePercent, '%', 3)} (the level of the flats)`]
    ]),
    classTable(changes),
    { kind: 'list', title: 'warnings', items: changes.warnings }
  ]
}

function factsOf(facts: readonly (readonly [string, string])[]): Block {
  return { kind: 'figures', rows: facts.map(([name, value]) => ({ name, value })) }
}

function offsetDrift({ offsetDriftDn, offsetDriftInNoise }: CalibrationChanges): string {
  const drift = formatQuantity(offsetDriftDn, 'DN', 3)
  return offsetDriftInNoise === null ? drift : `${drift} (${formatNumber(offsetDriftInNoise, 3)} of the dark noise)`
}

function sdLine(sd: number | null, expected: number | null, unit: string): string {
  const measured = `sd ${formatQuantity(sd, unit, 3)}`
  return expected === null ? measured : `${measured} (noise of the two maps alone: ${formatQuantity(expected, unit, 3)})`
}

function classTable({ classes }: CalibrationChanges): Block {
  const rows = (Object.keys(classes) as DefectClass[])
    .filter((name) => classes[name].added + classes[name].healed + classes[name].persisting > 0)
    .map((name) => [defectClassNames[name], ...[classes[name].added, classes[name].healed, classes[name].persisting].map(String)])
  return { kind: 'table', columns: ['defects', 'new', 'healed', 'persisting'], rows, align: ['left', 'right', 'right', 'right'] }
}
