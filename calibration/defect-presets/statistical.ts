import type { DefectPreset } from './defect-preset.js'

/**
 * Whatever the noise of a good panel does not explain: every limit follows from the number of good pixels that may be
 * called bad, by default one per panel, shared equally among all tests that the frames allow. It also finds pixels that the
 * corrections mend well, and on a real panel, whose tails are not Gaussian, more than the budget: see the split halves.
 */
export const statistical: DefectPreset = {
  name: 'statistical',
  title: 'limits from a budget of false pixels per panel',
  source:
    'derived here: Bonferroni shares (Dunn, JASA 56, 1961), Gaussian and chi-square quantiles, robust scale (Rousseeuw, Croux, JASA 88, 1993)',
  numbers: {
    falsePixels: 1,
    deadResponse: 0.05,
    hotSigma: 'budget',
    hotFraction: null,
    hotDriftSigma: null,
    hotTemperature: 1,
    clippedFraction: 0.1,
    responseWindow: 21,
    overResponse: null,
    underResponse: null,
    responseSigma: 'budget',
    noisyProbability: 'budget',
    noisyFactor: null,
    noisyE2597Factor: null,
    noisyExposedFactor: null,
    unstableProbability: 'budget',
    nonUniformDeviation: null,
    nonUniformSigma: 'budget',
    nonUniformGlobal: null,
    lagFactor: null,
    lagSigma: 'budget',
    lagFirst: null,
    lagSecond: null,
    nonLinearDeviation: null,
    nonLinearSigma: 'budget',
    lineSigma: 'budget',
    lineDeviation: null,
    lineBorder: null,
    lineResidual: null,
    lineLength: 11,
    lineAdjacent: 0.1
  }
}
