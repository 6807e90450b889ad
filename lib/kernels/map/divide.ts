/** Ratios of two maps, from (included) to (excluded). */
export function divide(values: Float32Array, divisors: Float32Array, out: Float32Array, from: number, to: number): void {
  for (let i = from; i < to; i++) out[i] = values[i] / divisors[i]
}
