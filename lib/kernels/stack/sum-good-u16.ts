/**
 * Sum of the good pixels of a run of one u16 frame, exact: integers below 2^53.
 * @param frame pixels of the frame, DN
 * @param bad not 0 where a pixel is left out, same layout
 * @param start first pixel of the run
 * @param end pixel after the last; at most 32 768 pixels keep the sum a 32-bit integer
 */
export function sumGoodU16(frame: Uint16Array, bad: Uint8Array, start: number, end: number): number {
  let sum = 0
  // All bits of a good pixel stay, none of a bad one.
  for (let i = start; i < end; i++) sum += frame[i] & ((bad[i] - 1) >> 31)
  return sum
}
