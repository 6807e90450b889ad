import { InvalidArgumentError } from 'commander'
import type { ReadoutLayout } from '../../calibration/defect-rules/resolve-defect-options.js'

/** `chip-columns=128,midline=middle`: how the panel is read out; the mid-line is a row or `middle`. Occurrences add up. */
export function parseReadout(text: string, previous: ReadoutLayout = {}): ReadoutLayout {
  let layout = { ...previous }
  for (const part of text.split(',')) {
    const [key, value = ''] = part.split('=').map((word) => word.trim())
    const number = /^\d+$/.test(value) ? Number(value) : NaN
    if (key === 'chip-columns' && number >= 1) layout = { ...layout, chipColumns: number }
    else if (key === 'midline' && value === 'middle') layout = { ...layout, midline: true }
    else if (key === 'midline' && number >= 1) layout = { ...layout, midline: number }
    else throw new InvalidArgumentError('--readout takes chip-columns=<columns> and midline=<row or "middle">, joined by commas.')
  }
  return layout
}
