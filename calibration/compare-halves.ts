import type { HalfCounts, SplitHalf } from '../lib/maps/defect-finding.js'
import { BAD_PIXEL_BITS, DEFECT_FLAGS } from '../lib/maps/defect-flags.js'
import type { DefectClass } from '../lib/maps/defect-flags.js'
import { isDefect } from '../lib/maps/is-defect.js'
import type { DefectMap } from '../lib/maps/maps.js'

/**
 * Count how far two defect maps of one panel, found from independent halves of its frames, agree with each other and with that
 * of all frames: a true defect repeats, a false one does not.
 * @param whole found from all frames
 * @returns counts for bad pixels, and for each class that was found anywhere
 */
export function compareHalves(even: DefectMap, odd: DefectMap, whole: DefectMap): SplitHalf {
  const classes: Record<string, HalfCounts> = {}
  for (const name of Object.keys(DEFECT_FLAGS) as DefectClass[]) {
    if (DEFECT_FLAGS[name] > BAD_PIXEL_BITS || name === 'unexposed') continue
    const counts = count(even, odd, whole, (flags) => (flags & DEFECT_FLAGS[name]) !== 0)
    if (counts.both + counts.evenOnly + counts.oddOnly + counts.neither > 0) classes[name] = counts
  }
  return { bad: count(even, odd, whole, isDefect), classes }
}

function count(even: DefectMap, odd: DefectMap, whole: DefectMap, has: (flags: number) => boolean): HalfCounts {
  let both = 0
  let evenOnly = 0
  let oddOnly = 0
  let neither = 0
  for (let i = 0; i < whole.data.length; i++) {
    const inEven = has(even.data[i])
    const inOdd = has(odd.data[i])
    if (inEven && inOdd) both++
    else if (inEven) evenOnly++
    else if (inOdd) oddOnly++
    else if (has(whole.data[i])) neither++
  }
  return { both, evenOnly, oddOnly, neither }
}
