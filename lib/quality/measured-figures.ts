/**
 * Figures that the text of a measure shows, in order, and what they are; the ending of a name says the unit (`unitOf`). Text and JSON
 * Schema take them from here.
 */
export const MEASURED_FIGURES = {
  mtf: {
    mtf50PerMm: 'frequency at which the MTF is 50 %',
    mtf10PerMm: 'frequency at which the MTF is 10 %',
    mtf50PerPixel: 'the same in cycles per pixel',
    mtf10PerPixel: 'the same in cycles per pixel',
    orientation: 'direction of the edge',
    angleDegrees: 'from the rows or columns',
    polarity: 'how the signal goes over the edge',
    lines: 'lines used',
    phaseCycles: 'whole phase cycles in them',
    edgeContrastPercent: 'contrast of the edge',
    esfReversalPercent: 'largest way back of the edge spread function',
    usedPixels: 'good pixels about the edge',
    defectivePixels: 'bad pixels left out'
  },
  nps: {
    frames: 'frames',
    rois: 'ROIs in the mean',
    roisRefused: 'ROIs refused for bad pixels',
    independentRois: 'ROIs worth of different pixels: what the intervals rest on',
    largeAreaSignalDn: 'large-area signal',
    varianceDn2: 'variance of the ROIs',
    integralDn2: 'spectrum summed over all frequencies',
    parsevalRatio: 'their ratio (Parseval)',
    filledPercent: 'values that stand in for bad pixels'
  },
  lag: {
    firstFrameLagPercent: 'first frame after the exposure',
    secondFrameLagPercent: 'second frame',
    globalLag1SecondPercent: '1 s after the exposure',
    globalLag60SecondsPercent: '60 s after the exposure',
    exposedDn: 'irradiated level above the offset',
    exposedUncertaintyDn: 'its standard error',
    noiseDn: 'noise of a pixel of a decay frame',
    persistentPixels: 'pixels a factor away from their surroundings',
    untestedPixels: 'pixels whose surroundings are too dark to compare with',
    pixelsOverLimit: 'pixels beyond a limit of the preset',
    usedPixels: 'good pixels that count',
    defectivePixels: 'bad pixels left out'
  },
  drift: {
    offsetDriftDn: 'mean of (dark - offset map)',
    offsetPatternSdDn: 'robust sd of it over the pixels',
    expectedOffsetPatternSdDn: 'what noise alone gives',
    newDarkDefects: 'pixels that deviate in the darks',
    flatLevelChangePercent: 'level of the flats against the calibration: mostly the exposure',
    temporalNoiseDn: 'temporal noise of one corrected flat',
    residualPatternDn: 'pattern left in the corrected flats',
    expectedResidualPatternDn: 'what the noise of the maps leaves anyway',
    gainDriftPercent: 'change of the gain from pixel to pixel',
    newFlatDefects: 'pixels that deviate in the flats',
    usedPixels: 'good pixels that count',
    defectivePixels: 'bad pixels left out'
  }
} as const satisfies Readonly<Record<string, Readonly<Record<string, string>>>>
