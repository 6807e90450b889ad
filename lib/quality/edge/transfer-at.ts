import { BINS_PER_PIXEL } from './edge-spread.js'

/** A line spread function in bins of a quarter pixel. */
export interface LineSpread {
  readonly value: Float64Array
  /** Distance of the first value from the edge, pixels. */
  readonly start: number
}

/**
 * Modulation transfer at a frequency: |sum LSF(x) e^(-2 pi i u x)| / |sum LSF(x)|, by direct summation, divided (where `corrected`) by
 * sinc(2u/4) for the central difference and sinc(u/4) for the mean over a bin of a quarter pixel; sinc(x) = sin(pi x) / (pi x).
 * @param u cycles per pixel, 0 up to 2 exclusive
 */
export function transferAt({ value, start }: LineSpread, u: number, corrected: boolean): number {
  let real = 0
  let imaginary = 0
  let total = 0
  for (let i = 0; i < value.length; i++) {
    const phase = 2 * Math.PI * u * (start + i / BINS_PER_PIXEL)
    real += value[i] * Math.cos(phase)
    imaginary += value[i] * Math.sin(phase)
    total += value[i]
  }
  const transfer = Math.hypot(real, imaginary) / Math.abs(total)
  return corrected ? transfer / samplingLoss(u) : transfer
}

/** What central differences and means over bins of a quarter pixel leave of a frequency, in cycles per pixel. */
export function samplingLoss(u: number): number {
  return sinc((2 * u) / BINS_PER_PIXEL) * sinc(u / BINS_PER_PIXEL)
}

function sinc(x: number): number {
  return x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x)
}
