import { upperGamma } from '../../lib/kernels/statistics/upper-gamma.js'

const STEPS = 400
const ROUNDS = 60

/**
 * Smallest c (in sd of one frame) for which the third largest of the n - 1 absolute differences between consecutive frames
 * of a Gaussian pixel exceeds c with probability at most p.
 *
 * Differences that share no frame are independent; those that follow each other share one. With q = P(|d| > c) and
 * r = P(two that follow each other both exceed c), three differences that follow each other exceed c with at most q^2 / 2
 * (the first and third are independent, and must agree in sign, since the second turns back), and by Boole's inequality
 * P <= C(n-3, 3) q^3 + (n-3)(n-4) q r + (n-3) q^2 / 2, which is solved for c by halving. r is integrated over the frame in the
 * middle by the trapezoidal rule.
 * @param frames n, 4 or more
 * @param p probability above 0, below 1
 * @returns c; for 32 frames and 1e-6 it is 5.31, where the largest difference alone needs 7.8
 * @see Boole's inequality; derived here
 */
export function switchingLimit(frames: number, p: number): number {
  let low = 0
  let high = 20
  for (let round = 0; round < ROUNDS; round++) {
    const middle = (low + high) / 2
    if (boundOf(frames, middle) > p) low = middle
    else high = middle
  }
  return high
}

function boundOf(frames: number, c: number): number {
  const q = 2 * tail(c / Math.SQRT2)
  const n = frames - 3
  return ((n * (n - 1) * (n - 2)) / 6) * q ** 3 + n * (n - 1) * q * bothExceed(c) + (n * q * q) / 2
}

/** Both differences around a frame x: neighbours below x - c or above x + c, each independently. */
function bothExceed(c: number): number {
  let sum = 0
  for (let k = 0; k <= STEPS; k++) {
    const x = -10 + (20 * k) / STEPS
    const outside = tail(c - x) + tail(c + x)
    sum += Math.exp((-x * x) / 2) * outside * outside
  }
  return (sum * 20) / STEPS / Math.sqrt(2 * Math.PI)
}

/** P(z > x) of a standard normal z. */
function tail(x: number): number {
  const half = upperGamma(0.5, (x * x) / 2) / 2
  return x < 0 ? 1 - half : half
}
