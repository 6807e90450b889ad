import FFT from 'fft.js'

/** Sums the power spectra of square ROIs, two at a time. */
export interface PowerSum {
  /** One row of two ROIs: pixel i of the first at 2 i, of the second at 2 i + 1. */
  readonly line: Float64Array
  /** Take `line` as row `row` of both ROIs. */
  addLine(row: number): void
  /** Add the spectra of both ROIs, all rows of which have been taken; a lone one has zeros beside it. */
  addPair(): void
  /** Sum of |F|^2 over all ROIs so far, row-major, frequency 0 first. */
  total(): Float64Array
}

/** What is used of fft.js, whose own declarations say `any`. */
interface Transform {
  transform(out: Float64Array, data: Float64Array): void
}

/** A stride that is no power of two keeps the elements of one row of the transposed plane out of each other's cache sets. */
const PADDING = 8

/**
 * Make a sum of power spectra. Two real ROIs a and b go through one complex transform: with Z = F(a + ib),
 * |Z(k)|^2 + |Z(-k)|^2 = 2 |A(k)|^2 + 2 |B(k)|^2, so the two need not be told apart before the end.
 * @param size side of a ROI in pixels, a power of two
 */
export function createPowerSum(size: number): PowerSum {
  const fft = new (FFT as unknown as new (size: number) => Transform)(size)
  const stride = 2 * size + PADDING
  const line = new Float64Array(2 * size)
  const transformed = new Float64Array(2 * size)
  const turned = new Float64Array(size * stride)
  const cols = Array.from({ length: size }, (_, col) => turned.subarray(col * stride, col * stride + 2 * size))
  // [col, row]
  const power = new Float64Array(size * size)

  const addLine = (row: number): void => {
    fft.transform(transformed, line)
    turnLine(transformed, turned, 2 * row, stride)
  }
  const addPair = (): void => {
    for (let col = 0; col < size; col++) {
      fft.transform(transformed, cols[col])
      addPower(transformed, power, col * size)
    }
  }
  return { line, addLine, addPair, total: () => turnPower(power, size) }
}

function turnLine(line: Float64Array, out: Float64Array, first: number, stride: number): void {
  for (let k = 0, at = first; k < line.length; k += 2, at += stride) {
    out[at] = line[k]
    out[at + 1] = line[k + 1]
  }
}

function addPower(line: Float64Array, power: Float64Array, first: number): void {
  for (let k = 0, at = first; k < line.length; k += 2, at++) power[at] += line[k] * line[k] + line[k + 1] * line[k + 1]
}

// From [col, row] to [row, col], each value the mean of itself and its mirror value.
function turnPower(power: Float64Array, size: number): Float64Array {
  const sum = new Float64Array(size * size)
  for (let row = 0; row < size; row++) {
    const opposite = (size - row) % size
    for (let col = 0; col < size; col++) {
      sum[row * size + col] = (power[col * size + row] + power[((size - col) % size) * size + opposite]) / 2
    }
  }
  return sum
}
