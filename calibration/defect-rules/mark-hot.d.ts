import type { DefectContext } from './defect-context.js';
/**
 * Hot: offset above the 21 x 21 median of the good pixels by more than 6 robust sd of that residual and by more than 1 %
 * of the saturation value, or saturated in half of the darks.
 *
 * The scale is not taken below sqrt(q^2 / 12 + sd^2 / N): medians of rounded values have no spread at all otherwise.
 * Where saturation is unknown, twice the median flat signal stands for it, with a warning. Steps between read-out chips
 * do not count: the median of a window belongs to the side on which its middle stands.
 * @see Rousseeuw, Croux, JASA 88, 1993, for the scale
 */
export declare function markHot(context: DefectContext): void;
