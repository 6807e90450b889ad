import type { DefectContext } from './defect-context.js';
/**
 * Unstable: a frame-to-frame difference above z sqrt2 sigma, in the darks or in any level of flats.
 *
 * z is the two-sided Gaussian quantile of p / (n - 1), p = 1e-6; sigma is the noise expected at that place and signal,
 * never the pixel's own, which flickering inflates. A pixel that saturates in a level is not judged there.
 * @see Dunn, Multiple comparisons among means, JASA 56, 1961, for p / (n - 1)
 */
export declare function markUnstable(context: DefectContext): void;
