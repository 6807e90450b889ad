import type { DefectContext } from './defect-context.js';
/**
 * Over- and under-responding: signal of the first flat level above 1.3 or below 0.6 of the 21 x 21 median.
 *
 * Bad pixels stay out of the medians, and the rule is run a second time without what its first run found, so that a
 * cluster cannot be its own reference. At the borders the window is clipped (11 x 11 in a corner); where it holds no
 * good pixel the panel's median serves. Dead pixels are not judged again.
 * @see ASTM E2597/E2597M-14
 */
export declare function markResponse(context: DefectContext): void;
