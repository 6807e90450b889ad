import type { TriageResult } from './judge-stack.js'
import type { StackSummary } from '../stack-summary.js'

/** Frames below which a map is noisier than it need be. */
const FEW = 16
/** Share of its pixels above which the rejection of a frame is worth telling. */
const REJECTED = 0.05

/** What the number of frames and the rejections mean for the maps, one sentence each. */
export function stackWarnings(
  subject: string,
  { frames, quantum = null, rejectedFraction = [] }: StackSummary,
  { kept }: TriageResult
): string[] {
  const warnings: string[] = []
  if (quantum !== null && quantum > 1) {
    warnings.push(`${subject}: the values come in steps of ${quantum} DN: every limit that rounding sets is that much wider`)
  }
  if (frames === 1) {
    warnings.push(
      `${subject}: one frame: temporal noise, noisy and unstable pixels and the error of the map cannot be known, and no pulse can be rejected`
    )
  } else if (frames < FEW) {
    const growth = (100 * (Math.sqrt(1 + 1 / frames) - 1)).toFixed(1)
    warnings.push(`${subject}: ${frames} frames: the noise of the map adds ${growth} % to that of a frame; 32 are the usual number`)
  }
  rejectedFraction.forEach((share, t) => {
    if (share <= REJECTED) return
    warnings.push(`${subject}: ${(100 * share).toFixed(1)} % of the pixels of frame ${kept[t]} were rejected as outliers`)
  })
  return warnings
}
