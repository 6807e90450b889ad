/** Radiation qualities of IEC 61267 for which squared signal-to-noise ratios per area and air kerma are tabulated. */
export type BeamQuality = 'RQA3' | 'RQA5' | 'RQA7' | 'RQA9'

/** Edition of IEC 62220-1 (2003) or IEC 62220-1-1 (2015): their tables differ with the definition of the radiation qualities. */
export type DqeEdition = '2003' | '2015'

/**
 * Squared signal-to-noise ratio of the incident radiation per area and air kerma, 1/(mm^2 uGy), by edition and radiation quality.
 * The values are those that publications and public programs state; the standards themselves were not at hand.
 * @see IEC 62220-1:2003 and IEC 62220-1-1:2015, as publicly described
 */
export const INCIDENT_SNR_SQUARED: Readonly<Record<DqeEdition, Readonly<Record<BeamQuality, number>>>> = Object.freeze({
  '2003': Object.freeze({ RQA3: 21759, RQA5: 30174, RQA7: 32362, RQA9: 31077 }),
  '2015': Object.freeze({ RQA3: 20673, RQA5: 29653, RQA7: 32490, RQA9: 31007 })
})
