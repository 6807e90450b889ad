/**
 * The named numbers of the defect rules. null: that criterion is not in use; a rule without any criterion rests.
 * Where two criteria of one class are in use, a pixel must meet both, except where it says "or".
 */
export interface DefectNumbers {
  /** Expected number of good pixels called bad, per panel, shared among all numbers that are `budget`. */
  readonly falsePixels: number | null
  /** Dead: response below this part of the panel's median response. */
  readonly deadResponse: number
  /** Hot: offset above its 21 x 21 median by more than this many robust sd of that residual. */
  readonly hotSigma: number | null
  /** Hot: and by more than this part of the saturation value. */
  readonly hotFraction: number | null
  /** Hot: or, where that is less than `hotFraction`, by so much that its drift over `hotTemperature` is this many sd of a frame. */
  readonly hotDriftSigma: number | null
  /** Change of temperature that an offset map may see before it is made anew, degrees Celsius. */
  readonly hotTemperature: number
  /** Clipped: saturated in more than this part of the flats of the first level (flag `nonLinear`). */
  readonly clippedFraction: number
  /** Over- and under-responding: side of the window of the local median, pixels (odd); null: the median of the panel. */
  readonly responseWindow: number | null
  /** Over-responding: above this multiple of that median. */
  readonly overResponse: number | null
  /** Under-responding: below this multiple of that median. */
  readonly underResponse: number | null
  /** Over- and under-responding: or this many robust sd off, from every 21 x 21 median around. */
  readonly responseSigma: number | null
  /** Noisy: probability that a good pixel exceeds the chi-square limit on local scale in any of the stacks. */
  readonly noisyProbability: number | null
  /** Noisy: and at least this multiple of the sd expected there. */
  readonly noisyFactor: number | null
  /** Noisy in the dark: or this multiple of the panel's median sd. */
  readonly noisyE2597Factor: number | null
  /** Noisy under exposure: or this multiple of the panel's median sd, in every level of flats. */
  readonly noisyExposedFactor: number | null
  /** Unstable: probability that a good pixel exceeds the limit in any of its differences in any of the stacks. */
  readonly unstableProbability: number | null
  /** Non-uniform: relative deviation of the corrected flat from its 9 x 9 median. */
  readonly nonUniformDeviation: number | null
  /** Non-uniform: and more than this many sd of the averaged, corrected flat; guards both deviations. */
  readonly nonUniformSigma: number
  /** Non-uniform: or relative deviation of the corrected flat from the median of the panel. */
  readonly nonUniformGlobal: number | null
  /** Lagging: first frame of the decay more than this factor off its 9 x 9 median, either way. */
  readonly lagFactor: number | null
  /** Lagging: and this many sd of a single frame off. */
  readonly lagSigma: number | null
  /** Lagging: or the first frame of the decay above this part of the irradiated signal. */
  readonly lagFirst: number | null
  /** Lagging: or the second frame of the decay above this part of the irradiated signal. */
  readonly lagSecond: number | null
  /** Non-linear: relative deviation from the pixel's fit over the levels. */
  readonly nonLinearDeviation: number | null
  /** Non-linear: and more than this many sd. */
  readonly nonLinearSigma: number | null
  /** Line: deviation of a whole column's or row's mean in robust sd of the profile; one more for parts of it. */
  readonly lineSigma: number | null
  /** Line: and relative deviation of the flat signal from the lines beside it. */
  readonly lineDeviation: number | null
  /** Line: the same for the three outermost columns and rows on either side of the panel. */
  readonly lineBorder: number | null
  /** Line: or relative deviation of corrected flats from the lines beside it. */
  readonly lineResidual: number | null
  /** Line: least number of pixels. */
  readonly lineLength: number
  /** Line from bad pixels: largest part of the run with bad pixels beside it. */
  readonly lineAdjacent: number | null
}
