/** From 0 to 65536: lowest integer that counts as saturated, for uint16 frames; 65536: none. */
export function integerLimit(saturation: number | null): number {
  return saturation === null ? 65536 : Math.min(65536, Math.max(0, Math.ceil(saturation)))
}
