import { STRIP } from '../../kernels/simd/layouts.js'

/** How many of the targets come before each strip, and before the end; one more than strips. */
export function targetsBefore(targets: Uint32Array, strips: number): Uint32Array {
  const before = new Uint32Array(strips + 1)
  for (let k = 0; k < targets.length; k++) before[Math.floor(targets[k] / STRIP) + 1]++
  for (let strip = 0; strip < strips; strip++) before[strip + 1] += before[strip]
  return before
}
