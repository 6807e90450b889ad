import type { DefectPreset } from './defect-preset.js'

/**
 * The default: limits of the standard where they are wide, statistics where the standard is blind, and nothing that the
 * noise of the frames can imitate.
 */
export const general: DefectPreset = {
  name: 'general',
  title: 'general use: wide limits of the standard, statistics for noise',
  source:
    'over and under 1.3 and 0.6, lag, non-uniform 1 % and lines after ASTM E2597/E2597M-14 as publicly described; noise by ' +
    'chi-square at 1e-6 and at least 1.5 x; hot 6 robust sd and 1 % of saturation: practice, or 5 sd of a frame at 1 degree ' +
    'Celsius more: derived here',
  numbers: {
    falsePixels: null,
    deadResponse: 0.05,
    hotSigma: 6,
    hotFraction: 0.01,
    hotDriftSigma: 5,
    hotTemperature: 1,
    clippedFraction: 0.1,
    responseWindow: 21,
    overResponse: 1.3,
    underResponse: 0.6,
    responseSigma: null,
    noisyProbability: 1e-6,
    noisyFactor: 1.5,
    noisyE2597Factor: null,
    noisyExposedFactor: null,
    unstableProbability: 1e-6,
    nonUniformDeviation: 0.01,
    nonUniformSigma: 5.32,
    nonUniformGlobal: null,
    lagFactor: 2,
    lagSigma: 5,
    lagFirst: null,
    lagSecond: null,
    nonLinearDeviation: 0.01,
    nonLinearSigma: 5.32,
    lineSigma: 5,
    lineDeviation: 0.02,
    lineBorder: 0.1,
    lineResidual: 0.002,
    lineLength: 11,
    lineAdjacent: 0.1
  }
}
