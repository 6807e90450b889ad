import type { DefectContext } from './defect-context.js';
/** Single-frame sd that a good pixel at that place and signal has, DN; null for a stack of one frame. */
export interface ExpectedNoise {
    readonly darks: Float32Array | null;
    readonly flats: readonly (Float32Array | null)[];
}
/**
 * Noise that every pixel should have, from its surroundings and never from itself.
 *
 * Darks: one sigma for the panel times a factor per line. Flats: variance a + b * signal (photon transfer), a from the
 * darks, b from the median of (s^2 - a) / signal over the good pixels, times a factor per line. The factor is the
 * larger of those of the pixel's column (in its read-out half) and row, each the median of s over what the model says:
 * a noisier column is not a column of noisy pixels. Medians of s are freed of their bias for n frames by the exact chi-square
 * median. Rounding gives a pixel of no noise to speak of an sd of up to half a step: nothing below that is expected.
 * @see EMVA Standard 1288, release 4.0, 2021, photon transfer
 * @see ASTM E2597/E2597M-14, which compares with the median of the panel
 */
export declare function measureExpectedNoise(context: DefectContext): ExpectedNoise;
