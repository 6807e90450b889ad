import { OptionError } from '../../lib/errors.js';
import { assertShape } from '../../lib/frame/assert-shape.js';
const DEFAULTS = {
    saturation: null,
    quantum: null,
    userFlags: null,
    deadResponse: 0.05,
    hotSigma: 6,
    hotFraction: 0.01,
    clippedFraction: 0.1,
    overResponse: 1.3,
    underResponse: 0.6,
    noisyRule: 'statistical',
    noisyProbability: 1e-6,
    noisyFactor: 1.5,
    noisyE2597Factor: 6,
    unstableProbability: 1e-6,
    nonUniformDeviation: 0.01,
    nonUniformSigma: 5.32,
    lineSigma: 5,
    lineDeviation: 0.02,
    lineLength: 11,
    lineAdjacent: 0.1
};
/** Lowest and highest value of each number, both excluded. */
const RANGES = {
    deadResponse: [0, 1],
    hotSigma: [0, Infinity],
    hotFraction: [0, 1],
    clippedFraction: [0, 1],
    overResponse: [1, Infinity],
    underResponse: [0, 1],
    noisyProbability: [0, 0.5],
    noisyFactor: [0, Infinity],
    noisyE2597Factor: [0, Infinity],
    unstableProbability: [0, 0.5],
    nonUniformDeviation: [0, Infinity],
    nonUniformSigma: [0, Infinity],
    lineSigma: [0, Infinity],
    lineDeviation: [0, Infinity],
    lineLength: [1, Infinity],
    lineAdjacent: [0, 1]
};
/**
 * Check the options and fill in the defaults.
 * @throws {OptionError} ERR_OPTION for an unknown name or a value outside its range
 * @throws {ShapeError} ERR_SHAPE for user flags of another shape
 */
export function resolveDefectOptions(options, shape) {
    const { readout = {}, ...thresholds } = options;
    for (const name of Object.keys(thresholds)) {
        if (!(name in DEFAULTS))
            refuse(name, `one of ${[...Object.keys(DEFAULTS), 'readout'].join(', ')}`, 'a name that is not known');
    }
    const given = Object.fromEntries(Object.entries(thresholds).filter(([, value]) => value !== undefined));
    const resolved = { ...DEFAULTS, ...given };
    for (const [name, [low, high]] of Object.entries(RANGES)) {
        const value = resolved[name];
        if (typeof value !== 'number' || !(value > low && value < high)) {
            refuse(name, high === Infinity ? `a number above ${low}` : `a number between ${low} and ${high}`, value);
        }
    }
    const { saturation, quantum, noisyRule, userFlags } = resolved;
    if (saturation !== null && !(typeof saturation === 'number' && saturation > 0))
        refuse('saturation', 'DN above 0, or null', saturation);
    if (quantum !== null && !(typeof quantum === 'number' && quantum >= 0 && quantum < Infinity))
        refuse('quantum', 'DN of at least 0, or null', quantum);
    if (noisyRule !== 'statistical' && noisyRule !== 'e2597')
        refuse('noisyRule', '"statistical" or "e2597"', noisyRule);
    if (userFlags !== null)
        assertShape('user flags', userFlags, shape);
    return { ...resolved, chipColumns: chipColumns(readout), midline: midline(readout, shape[0]) };
}
function chipColumns({ chipColumns = undefined }) {
    if (chipColumns === undefined)
        return null;
    if (!Number.isSafeInteger(chipColumns) || chipColumns < 1)
        refuse('readout.chipColumns', 'a number of columns', chipColumns);
    return chipColumns;
}
function midline({ midline = false }, rows) {
    if (midline === false)
        return null;
    const row = midline === true ? rows / 2 : midline;
    if (!Number.isSafeInteger(row) || row < 1 || row >= rows)
        refuse('readout.midline', `a row from 1 to ${rows - 1}, or true for an even number of rows`, midline);
    return row;
}
function refuse(name, expected, received) {
    throw new OptionError({ subject: `option "${name}"`, expected, received: String(received) });
}
