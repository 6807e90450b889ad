/** Good pixels and weights that are gathered for one target; a pixel that is named twice gets both weights. */
export interface TapList {
  readonly weightOf: Map<number, number>
}

/** An empty list, to be used again for target after target. */
export function createTapList(): TapList {
  return { weightOf: new Map() }
}

/** Add weight to a good pixel. */
export function addTap({ weightOf }: TapList, pixel: number, weight: number): void {
  weightOf.set(pixel, (weightOf.get(pixel) ?? 0) + weight)
}
