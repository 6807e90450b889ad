import type { DefectNumbers } from './defect-numbers.js'

/** What values a number may take, both ends excluded. */
export interface NumberRule {
  readonly low: number
  readonly high: number
  /** null turns the criterion off. */
  readonly nullable: boolean
  /** `budget` may stand for it. */
  readonly budget: boolean
}

const rule = (low: number, high: number, { nullable = true, budget = false } = {}): NumberRule => ({ low, high, nullable, budget })

/** The range of every number. */
export const NUMBER_RULES: Readonly<Record<keyof DefectNumbers, NumberRule>> = {
  falsePixels: rule(0, Infinity),
  deadResponse: rule(0, 1, { nullable: false }),
  hotSigma: rule(0, Infinity, { budget: true }),
  hotFraction: rule(0, 1),
  hotDriftSigma: rule(0, Infinity),
  hotTemperature: rule(0, Infinity, { nullable: false }),
  clippedFraction: rule(0, 1, { nullable: false }),
  responseWindow: rule(2, 122),
  overResponse: rule(1, Infinity),
  underResponse: rule(0, 1),
  responseSigma: rule(0, Infinity, { budget: true }),
  noisyProbability: rule(0, 0.5, { budget: true }),
  noisyFactor: rule(0, Infinity),
  noisyE2597Factor: rule(0, Infinity),
  noisyExposedFactor: rule(0, Infinity),
  unstableProbability: rule(0, 0.5, { budget: true }),
  nonUniformDeviation: rule(0, Infinity),
  nonUniformSigma: rule(0, Infinity, { nullable: false, budget: true }),
  nonUniformGlobal: rule(0, Infinity),
  lagFactor: rule(1, Infinity),
  lagSigma: rule(0, Infinity, { budget: true }),
  lagFirst: rule(0, 1),
  lagSecond: rule(0, 1),
  nonLinearDeviation: rule(0, Infinity),
  nonLinearSigma: rule(0, Infinity, { budget: true }),
  lineSigma: rule(0, Infinity, { budget: true }),
  lineDeviation: rule(0, Infinity),
  lineBorder: rule(0, Infinity),
  lineResidual: rule(0, Infinity),
  lineLength: rule(1, Infinity, { nullable: false }),
  lineAdjacent: rule(0, 1)
}
