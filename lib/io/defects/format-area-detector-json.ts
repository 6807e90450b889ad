import { OptionError } from '../../errors.js'
import type { DefectMap } from '../../maps/maps.js'
import { neighbourMasks } from './neighbour-masks.js'

export interface FormatAreaDetectorJsonOptions {
  /**
   * How areaDetector is to replace each pixel. `median`: of the good pixels in the smallest window around it that holds any.
   * `replace`: by the nearest good pixel. `set`: by a value.
   * @default 'median'
   */
  readonly action?: 'median' | 'replace' | 'set'
  /** With action `set`: the value, DN. */
  readonly value?: number
}

/**
 * Write the bad-pixel list of EPICS areaDetector (NDPluginBadPixel), in coordinates of the whole sensor, row by row.
 * @param defects flags of the whole panel
 * @throws {OptionError} ERR_OPTION for `set` without a value, or a panel without a good pixel to take values from
 * @see areaDetector ADCore, NDPluginBadPixel (R3-10, 2020): a median leaves out listed pixels
 */
export function formatAreaDetectorJson(defects: DefectMap, options: FormatAreaDetectorJsonOptions = {}): string {
  const { action = 'median', value } = options
  if (action === 'set' && !(typeof value === 'number' && Number.isFinite(value))) {
    throw new OptionError({
      subject: 'option "value"',
      expected: 'the value of replaced pixels with action "set"',
      received: String(value)
    })
  }
  const [, cols] = defects.shape
  const { pixels, passes } = neighbourMasks(defects)
  if (action !== 'set' && passes[0] === 0) {
    throw new OptionError({ subject: 'defect map', expected: 'a good pixel to take values from', received: 'none' })
  }
  const bad = new Set(pixels)
  const order = Uint32Array.from(pixels, (_, k) => k).sort((a, b) => pixels[a] - pixels[b])
  const lines = Array.from(order, (k) => {
    const place = `"Pixel": [${pixels[k] % cols}, ${Math.floor(pixels[k] / cols)}]`
    if (action === 'set') return `  { ${place}, "Set": ${value} }`
    if (action === 'median') return `  { ${place}, "Median": [${passes[k]}, ${passes[k]}] }`
    return `  { ${place}, "Replace": [${nearestGood(defects.shape, bad, pixels[k], passes[k]).join(', ')}] }`
  })
  return lines.length === 0 ? '{ "Bad pixels": [] }\n' : `{ "Bad pixels": [\n${lines.join(',\n')}\n] }\n`
}

/** [dx, dy] to the good pixel nearest in a straight line among those on the ring at `distance`; of equals the first in row-major order. */
function nearestGood([rows, cols]: readonly [number, number], bad: ReadonlySet<number>, i: number, distance: number): [number, number] {
  const row = Math.floor(i / cols)
  const col = i % cols
  let best: [number, number] = [0, 0]
  let least = Infinity
  for (let down = -distance; down <= distance; down++) {
    const step = Math.abs(down) === distance ? 1 : 2 * distance
    for (let right = -distance; right <= distance; right += step) {
      const r = row + down
      const c = col + right
      const squared = down * down + right * right
      if (r < 0 || r >= rows || c < 0 || c >= cols || squared >= least || bad.has(r * cols + c)) continue
      least = squared
      best = [right, down]
    }
  }
  return best
}
