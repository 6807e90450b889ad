import type { Provenance } from '../maps/calibration-set.js'
import type { Block, FigureRow } from './blocks/block.js'
import { formatNumber, formatQuantity } from './format-number.js'

/** What is shown of the header of a calibration file. */
export interface HeaderFacts {
  readonly schema: string
  readonly requiredSteps: readonly string[]
  readonly shape: readonly [number, number]
  readonly serialNumber: string | null
  readonly localName: string | null
  /** DN. */
  readonly reference: number
  readonly saturation: number | null
  /** mm, [row direction, column direction]. */
  readonly pixelPitch: readonly [number, number] | null
  readonly darkFrames: number
  readonly flatFrames: number
  readonly provenance: Provenance
  readonly sha256: string
}

/** Report what the header of a calibration file says, and that its maps were not looked at. */
export function reportHeader(header: HeaderFacts): Block[] {
  const { shape, serialNumber, provenance } = header
  const panel = serialNumber === null ? 'a panel of unknown serial number' : `panel ${serialNumber}`
  const text = `header of a calibration of ${panel}, ${shape[0]} x ${shape[1]} pixels: sealed as it was; the maps were not verified`
  return [
    { kind: 'verdict', outcome: 'none', text },
    { kind: 'figures', rows: factsOf(header) },
    { kind: 'list', title: 'warnings', items: provenance.warnings }
  ]
}

function factsOf({ provenance, pixelPitch: pitch, ...header }: HeaderFacts): FigureRow[] {
  const steps = ['offset', 'gain', 'defects', ...header.requiredSteps]
  return [
    { name: 'name', value: header.localName ?? 'unknown' },
    { name: 'created', value: provenance.created ?? 'unknown' },
    { name: 'program', value: `${provenance.program} ${provenance.version}` },
    { name: 'frames', value: `${header.darkFrames} darks, ${header.flatFrames} flats` },
    { name: 'steps', value: steps.join(', ') },
    { name: 'pixel pitch', value: pitch === null ? 'unknown' : `${formatNumber(pitch[0])} x ${formatNumber(pitch[1])} mm` },
    { name: 'reference', value: formatQuantity(header.reference, 'DN', 6) },
    { name: 'saturation', value: formatQuantity(header.saturation, 'DN') },
    { name: 'schema', value: header.schema },
    { name: 'SHA-256', value: header.sha256 }
  ]
}
