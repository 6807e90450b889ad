/** Float32 maps of the panel for passing results, used again: a new one costs more than what is done with it. */
export interface ScratchMaps {
  /** A map with anything in it. */
  take(): Float32Array
  /** Give back what was taken, when nothing refers to it any more. */
  give(...maps: readonly Float32Array[]): void
}

export function createScratchMaps(length: number): ScratchMaps {
  const free: Float32Array[] = []
  return { take: () => free.pop() ?? new Float32Array(length), give: (...maps) => void free.push(...maps) }
}
