import type { DefectPreset } from './defect-preset.js'

/**
 * The "underperforming pixel" specification that the maker of the XRD 1621 panels publishes: bright above 150 % and dark
 * below 45 % of the median bright signal, noise above 6 x the median in dark and in bright frames (100 frames each),
 * corrected flat outside 0.98 .. 1.02 of the panel's median or outside 1 % of the 9 x 9 median, first and second frame after
 * the exposure above 8 % and 4 % of the irradiated frame (10 % and 5 % for CsI and in the manual's own pseudo-code: override
 * `lagFirst` and `lagSecond`), lines of more than 10 bad pixels. The guard of 5.32 sd keeps noise out, as in `e2597`.
 */
export const xrd1621: DefectPreset = {
  name: 'xrd1621',
  title: 'underperforming pixels as the maker of the XRD 1621 panels specifies them',
  source: 'PerkinElmer XRD 1621 specification of underperforming pixels (version 2); guard of 5.32 sd: derived here',
  numbers: {
    falsePixels: null,
    deadResponse: 0.05,
    hotSigma: null,
    hotFraction: null,
    hotDriftSigma: null,
    hotTemperature: 1,
    clippedFraction: 0.1,
    responseWindow: null,
    overResponse: 1.5,
    underResponse: 0.45,
    responseSigma: null,
    noisyProbability: null,
    noisyFactor: null,
    noisyE2597Factor: 6,
    noisyExposedFactor: 6,
    unstableProbability: null,
    nonUniformDeviation: 0.01,
    nonUniformSigma: 5.32,
    nonUniformGlobal: 0.02,
    lagFactor: null,
    lagSigma: 5,
    lagFirst: 0.08,
    lagSecond: 0.04,
    nonLinearDeviation: null,
    nonLinearSigma: null,
    lineSigma: null,
    lineDeviation: null,
    lineBorder: null,
    lineResidual: null,
    lineLength: 11,
    lineAdjacent: null
  }
}
