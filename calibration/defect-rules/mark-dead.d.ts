import type { DefectContext } from './defect-context.js';
/**
 * Dead: a response below 5 % of the panel's median response, no signal above the offset, values that are not finite, or
 * no temporal variance in any stack of two frames or more.
 *
 * The response is the slope through the origin of the pixel's signal against the panel's median over the levels; a
 * stuck pixel (the same value at every level) has slope 0. Zero variance is evidence only against the noise of the
 * panel: a pixel of noise sigma, rounded to steps q, repeats one value in n frames with probability at most
 * erf(q / (2 sqrt2 sigma))^(n - 1); the product over the stacks must be below 1e-6, else the rule rests with a warning.
 * @see ASTM E2597/E2597M-14
 */
export declare function markDead(context: DefectContext): void;
