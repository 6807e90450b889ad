import { chiSquareQuantile } from '../../kernels/statistics/chi-square-quantile.js'

/** One value of a one-dimensional spectrum: the mean over the samples of a narrow ring of spatial frequencies. */
export interface NpsPoint {
  /** Mean radial spatial frequency of the samples; null where the pixel pitch is unknown. */
  readonly frequencyPerMm: number | null
  /** The same times the pixel pitch along the cut. */
  readonly frequencyPerPixel: number
  readonly npsDn2Mm2: number | null
  readonly npsDn2Px2: number
  /** Normalised by the square of the large-area signal; null without pitch or signal. */
  readonly nnpsMm2: number | null
  /** Samples of the two-dimensional spectrum in the mean, mirror values (-u, -v) not counted again. */
  readonly samples: number
  /** The 95 % confidence interval runs from the value times the first to the value times the second. */
  readonly confidence95Factors: readonly [number, number]
}

/** The sampled spectrum and what turns it into units. */
export interface SampledSpectrum {
  /** DN^2 px^2, row-major, frequency 0 first. */
  readonly power: Float64Array
  readonly size: number
  /** mm [between rows, between columns], or null. */
  readonly pixelPitch: readonly [number, number] | null
  /** DN, or null. */
  readonly signal: number | null
  readonly independentRois: number
}

export type CutDirection = 'horizontal' | 'vertical' | 'radial'

/** Half the width of a ring, in units of 1 / pitch. */
const HALF_WIDTH = 0.01

interface Ring {
  count: number
  frequency: number
  power: number
}

/**
 * Cut a two-dimensional spectrum: every sample of `lines` lines on each side of the axis, the axes themselves left out, goes to
 * the ring of its radial frequency sqrt(u^2 + v^2); rings are +-0.01 / pitch wide and stand at multiples of 0.02 / pitch, the one
 * about 0 left out. The radial cut takes all lines. Interval: chi-square with 2 x samples x independent ROIs degrees of freedom.
 * @param lines on each side of the axis, below half the size
 * @see IEC 62220-1-1:2015, determination of the noise power spectrum, one-dimensional cuts
 */
export function cutSpectrum(spectrum: SampledSpectrum, direction: CutDirection, lines: number): NpsPoint[] {
  const { size, pixelPitch } = spectrum
  const [high, wide] = pixelPitch ?? [1, 1]
  const pitch = direction === 'radial' ? Math.max(high, wide) : direction === 'vertical' ? high : wide
  const half = size / 2
  const rows = direction === 'horizontal' ? lines : half
  const cols = direction === 'vertical' ? lines : half
  const rings = new Map<number, Ring>()
  for (let v = -rows; v <= rows; v++) {
    for (let u = 1; u <= cols; u++) {
      // (u, v) and (-u, -v) are one sample; on the Nyquist lines +-half are the same line.
      if (v === 0 || v === -half || (u === half && v < 0)) continue
      const frequency = Math.hypot(v / (size * high), u / (size * wide))
      addSample(rings, frequency, pitch, spectrum.power[((v + size) % size) * size + u])
    }
  }
  return [...rings.entries()].sort(([a], [b]) => a - b).map(([, ring]) => describeRing(ring, pitch, spectrum))
}

function addSample(rings: Map<number, Ring>, frequency: number, pitch: number, power: number): void {
  const at = Math.round((frequency * pitch) / (2 * HALF_WIDTH))
  // Up to the Nyquist frequency: beyond it stand the corners of the square, which hold no whole ring.
  if (at < 1 || at > 0.25 / HALF_WIDTH) return
  const ring = rings.get(at) ?? { count: 0, frequency: 0, power: 0 }
  ring.count++
  ring.frequency += frequency
  ring.power += power
  rings.set(at, ring)
}

function describeRing({ count, frequency, power }: Ring, pitch: number, spectrum: SampledSpectrum): NpsPoint {
  const { pixelPitch, signal, independentRois } = spectrum
  const area = pixelPitch && pixelPitch[0] * pixelPitch[1]
  const npsDn2Px2 = power / count
  const npsDn2Mm2 = area === null ? null : npsDn2Px2 * area
  return {
    frequencyPerMm: pixelPitch ? frequency / count : null,
    frequencyPerPixel: (frequency / count) * pitch,
    npsDn2Mm2,
    npsDn2Px2,
    nnpsMm2: npsDn2Mm2 === null || signal === null ? null : npsDn2Mm2 / (signal * signal),
    samples: count,
    confidence95Factors: intervalFactors(2 * count * independentRois)
  }
}

// A mean of n periodogram values is S chi^2(2n) / 2n; from 1000 degrees of freedom Wilson and Hilferty's cube is exact to 1e-6.
function intervalFactors(degrees: number): readonly [number, number] {
  return [degrees / quantile(degrees, 0.025), degrees / quantile(degrees, 0.975)]
}

function quantile(degrees: number, p: number): number {
  if (degrees <= 1000) return chiSquareQuantile(degrees, p)
  const spread = 2 / (9 * degrees)
  return degrees * (1 - spread + (p < 0.5 ? 1 : -1) * 1.959963984540054 * Math.sqrt(spread)) ** 3
}
