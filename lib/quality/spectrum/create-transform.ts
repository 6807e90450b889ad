/** Sequences side by side in a batch: as many float64 as a cache line holds. */
export const LANES = 8

/** A discrete Fourier transform of eight complex sequences at once, in place. */
export interface Transform {
  /** Element i of sequence `lane` stands at LANES i + lane. */
  readonly re: Float64Array
  readonly im: Float64Array
  /** Frequency of the values that stand at each place after a run. */
  readonly order: Uint16Array
  /** Z(k) = sum over i of z(i) e^(-2 pi i k i / size), in the order above. */
  run(): void
}

/**
 * Make a transform: radix 4, decimation in frequency, so that the batch goes through each stage with one set of factors. A library
 * transforms one sequence at a time, which took 2.5 times as long for the noise power spectrum of a panel.
 * @param size length of the sequences, a power of two, at least 4
 */
export function createTransform(size: number): Transform {
  const re = new Float64Array(size * LANES)
  const im = new Float64Array(size * LANES)
  const cos = Float64Array.from({ length: size }, (_, k) => Math.cos((2 * Math.PI * k) / size))
  const sin = Float64Array.from({ length: size }, (_, k) => -Math.sin((2 * Math.PI * k) / size))
  const run = (): void => {
    let length = size
    for (; length > 4; length /= 4) quarter(re, im, length, cos, sin)
    if (length === 4) finishFours(re, im)
    else finishTwos(re, im)
  }
  return { re, im, order: orderOf(size), run }
}

// One transform of `length` becomes four of a quarter: frequencies 4 k, 4 k + 1, 4 k + 2, 4 k + 3, one after the other.
function quarter(re: Float64Array, im: Float64Array, length: number, cos: Float64Array, sin: Float64Array): void {
  const total = re.length
  const block = length * LANES
  const apart = block / 4
  const step = total / block
  for (let j = 0, first = 0; first < apart; j += step, first += LANES) {
    const c1 = cos[j],
      s1 = sin[j],
      c2 = cos[2 * j],
      s2 = sin[2 * j],
      c3 = cos[3 * j],
      s3 = sin[3 * j]
    for (let start = first; start < total; start += block) {
      for (let a = start, end = start + LANES; a < end; a++) {
        const b = a + apart
        const c = b + apart
        const d = c + apart
        // Each value is read once: the compiler reads again after every store.
        const aRe = re[a],
          aIm = im[a],
          bRe = re[b],
          bIm = im[b],
          cRe = re[c],
          cIm = im[c],
          dRe = re[d],
          dIm = im[d]
        const sumRe = aRe + cRe,
          sumIm = aIm + cIm,
          gapRe = aRe - cRe,
          gapIm = aIm - cIm
        const oddRe = bRe + dRe,
          oddIm = bIm + dIm,
          turnRe = bIm - dIm,
          turnIm = dRe - bRe
        re[a] = sumRe + oddRe
        im[a] = sumIm + oddIm
        const re2 = sumRe - oddRe,
          im2 = sumIm - oddIm
        re[c] = re2 * c2 - im2 * s2
        im[c] = re2 * s2 + im2 * c2
        const re1 = gapRe + turnRe,
          im1 = gapIm + turnIm
        re[b] = re1 * c1 - im1 * s1
        im[b] = re1 * s1 + im1 * c1
        const re3 = gapRe - turnRe,
          im3 = gapIm - turnIm
        re[d] = re3 * c3 - im3 * s3
        im[d] = re3 * s3 + im3 * c3
      }
    }
  }
}

function finishFours(re: Float64Array, im: Float64Array): void {
  for (let start = 0; start < re.length; start += 4 * LANES) {
    for (let a = start, end = start + LANES; a < end; a++) {
      const b = a + LANES
      const c = b + LANES
      const d = c + LANES
      const aRe = re[a],
        aIm = im[a],
        bRe = re[b],
        bIm = im[b],
        cRe = re[c],
        cIm = im[c],
        dRe = re[d],
        dIm = im[d]
      const sumRe = aRe + cRe,
        sumIm = aIm + cIm,
        gapRe = aRe - cRe,
        gapIm = aIm - cIm
      const oddRe = bRe + dRe,
        oddIm = bIm + dIm,
        turnRe = bIm - dIm,
        turnIm = dRe - bRe
      re[a] = sumRe + oddRe
      im[a] = sumIm + oddIm
      re[c] = sumRe - oddRe
      im[c] = sumIm - oddIm
      re[b] = gapRe + turnRe
      im[b] = gapIm + turnIm
      re[d] = gapRe - turnRe
      im[d] = gapIm - turnIm
    }
  }
}

function finishTwos(re: Float64Array, im: Float64Array): void {
  for (let start = 0; start < re.length; start += 2 * LANES) {
    for (let a = start, end = start + LANES; a < end; a++) {
      const b = a + LANES
      const gapRe = re[a] - re[b],
        gapIm = im[a] - im[b]
      re[a] += re[b]
      im[a] += im[b]
      re[b] = gapRe
      im[b] = gapIm
    }
  }
}

function orderOf(size: number): Uint16Array {
  const order = new Uint16Array(size)
  for (let place = 0; place < size; place++) {
    let rest = place
    let weight = 1
    for (let length = size; length > 1; length /= length > 2 ? 4 : 2) {
      const part = length > 2 ? length / 4 : 1
      order[place] += weight * Math.floor(rest / part)
      rest %= part
      weight *= 4
    }
  }
  return order
}
