import type { DefectPreset } from './defect-preset.js'

/**
 * Classes and thresholds after ASTM E2597 as publicly described: dead, over- and under-responding, noisy in the dark,
 * non-uniform, lagging, bad neighbourhood, lines of bad pixels. The standard has no hot, unstable or non-linear class and
 * no weak lines. Its 1 % rule wants flats quiet enough to show 1 %; where they are not, the guard of 5.32 sd (one false
 * pixel in 9.4 million) keeps noise out, and the report says from where on pixels are found.
 */
export const e2597: DefectPreset = {
  name: 'e2597',
  title: 'classes and thresholds after ASTM E2597 as publicly described',
  source: 'after ASTM E2597/E2597M-14, bad pixel classes, as publicly described; guard of 5.32 sd: derived here',
  numbers: {
    falsePixels: null,
    deadResponse: 0.05,
    hotSigma: null,
    hotFraction: null,
    hotDriftSigma: null,
    hotTemperature: 1,
    clippedFraction: 0.1,
    responseWindow: 21,
    overResponse: 1.3,
    underResponse: 0.6,
    responseSigma: null,
    noisyProbability: null,
    noisyFactor: null,
    noisyE2597Factor: 6,
    noisyExposedFactor: null,
    unstableProbability: null,
    nonUniformDeviation: 0.01,
    nonUniformSigma: 5.32,
    nonUniformGlobal: null,
    lagFactor: 2,
    lagSigma: 5,
    lagFirst: null,
    lagSecond: null,
    nonLinearDeviation: null,
    nonLinearSigma: null,
    lineSigma: null,
    lineDeviation: null,
    lineBorder: null,
    lineResidual: null,
    lineLength: 11,
    lineAdjacent: 0.1
  }
}
