import type { DefectContext } from './defect-context.js';
/**
 * Noisy: unclipped single-frame sd too large, in the darks and in every level of flats.
 *
 * `statistical`: s / sigma above the value that a Gaussian pixel exceeds over n frames with probability 1e-6, and above
 * 1.5; sigma is the noise expected at that place and signal. `e2597`: s above 6 times the panel's median, darks only. A pixel that
 * saturates in a level is not judged there. A stack of one frame has no noise: the rule rests with a warning.
 * @see ASTM E2597/E2597M-14
 */
export declare function markNoisy(context: DefectContext): void;
