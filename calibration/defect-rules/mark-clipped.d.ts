import type { DefectContext } from './defect-context.js';
/**
 * Clipped: saturated (or not finite) in more than 10 % of the flats that make the gain map; flag `nonLinear`.
 *
 * The mean of such a pixel is too low and its gain therefore too high. Clipping 10 % of Gaussian values lowers their mean
 * by 0.047 sigma, a quarter of the error of a mean of 32 frames; what is clipped less is trusted. Further levels
 * serve only the rules, which leave out every pixel that saturates there at all.
 * @see EMVA Standard 1288, release 4.0, 2021
 */
export declare function markClipped(context: DefectContext): void;
