/**
 * What can be planted, and what `strength` means for it:
 *
 * | class | what the pixels do | strength | range | default |
 * | --- | --- | --- | --- | --- |
 * | `dead` | dark level and noise as usual, no response | none | | |
 * | `stuck` | one raw value in every frame, no noise | that value, fraction of full scale | 0 to 1 | 0.5 |
 * | `hot` | dark level above that of a good pixel, response as usual | rise, fraction of full scale | above 0, to 1 | 0.05 |
 * | `overResponding` | response times strength | factor | above 1, to 10 | 1.7 |
 * | `underResponding` | response times strength | factor | above 0, below 1 | 0.3 |
 * | `noisy` | electronic noise times strength | ratio | above 1, to 1000 | 8 |
 * | `levelDependent` | response changes with the signal (1) | change from 50 to 75 % of full scale | -0.25 to 0.25, not 0 | 0.05 |
 * | `sessionDependent` | response differs in odd sessions (2) | change from session 0 to 1 | -0.5 to 0.5, not 0 | 0.05 |
 * | `unstable` | dark level flickers between two values (3) | step, in sd of the dark noise | above 0, to 1000 | 20 |
 * | `line` | as `dead`, one pixel wide | none | | |
 * | `weakLine` | response times strength, one pixel wide | factor | above 0, below 1 | 0.95 |
 * | `noisyLine` | one more noise, the same for all its pixels in a frame (4) | its sd, in sd of the dark noise | above 0, to 1000 | 0.5 |
 * | `noisyExposed` | quantum noise times strength, the dark as usual | ratio | above 1, to 1000 | 4 |
 * | `nonLinear` | response falls (or rises) with the signal from 0 on (5) | change at full scale | -1 to 1, not 0 | 0.1 |
 * | `lagging` | leaves strength times the lag of a good pixel in the frames of `decay` | ratio | above 0, to 100 | 4 |
 * | `cluster` | as `dead`, a block or pattern | none | | |
 *
 * (1) Times `1 + 4 strength (signal / full scale - 1/2)`. (2) Times `1 + strength` in sessions 1, 3, 5, ...
 * (3) Random telegraph noise; at least three switches in frames 0 to 7 of any stack and in every further eight, or, where
 * `switches` is given, exactly so many in frames 0 to 31 and in every further 32. (4) One pixel wide; no pixel of it need stand
 * out by its own noise. (5) Times `1 - strength * signal / full scale`; above 1/2 the signal itself falls with the exposure
 * before it saturates.
 */
export type PlantedClass =
  | 'dead'
  | 'stuck'
  | 'hot'
  | 'overResponding'
  | 'underResponding'
  | 'noisy'
  | 'levelDependent'
  | 'sessionDependent'
  | 'unstable'
  | 'line'
  | 'weakLine'
  | 'cluster'
  | 'noisyLine'
  | 'noisyExposed'
  | 'nonLinear'
  | 'lagging'

/** One defect to plant: a pixel, a block of rows x cols pixels, or a pattern. */
export interface PlannedDefect {
  readonly class: PlantedClass
  /** Row and column of the upper left pixel, from 0. */
  readonly row: number
  readonly col: number
  /** @default 1 */
  readonly rows?: number
  /** @default 1 */
  readonly cols?: number
  /** Instead of rows and cols: strings of equal length, one per row; `#` is a pixel of the defect, `.` is not. */
  readonly pattern?: readonly string[]
  /** See {@link PlantedClass}. */
  readonly strength?: number
  /** Class `unstable` only: switches in every 32 frames of a stack, 0 to 31. @default at least three in every eight */
  readonly switches?: number
}

/** Unit of a deviation, which is that of the rule that has to find it. */
export type DeviationUnit = 'relative response' | 'DN above neighbours' | 'noise ratio' | 'sd of the dark noise' | 'lag ratio'

/** One defect as it was planted. */
export interface PlantedDefect {
  readonly class: PlantedClass
  /** Its pixels, as indices row * cols + col, ascending. */
  readonly pixels: readonly number[]
  /** See {@link PlantedClass}; null for a class without strength. */
  readonly strength: number | null
  /**
   * How far its pixels are from good ones, in `unit`: |response / good response - 1| (1 for dead and stuck pixels;
   * the change from 50 to 75 % of full scale, or from session to session, for the non-uniform classes, from 0 to full scale for
   * non-linear ones), the rise of the dark level, the ratio of the dark or the quantum noise, the step of the flicker, the common
   * noise of a line, or the ratio of the lag. Overlaps with other planted defects are not counted.
   */
  readonly deviation: number
  readonly unit: DeviationUnit
  /** Of an unstable pixel: switches in every 32 frames of a stack, where that was asked for. */
  readonly switches?: number
  /** For people: `hot pixel at [12, 200], +819 DN`. */
  readonly description: string
}
