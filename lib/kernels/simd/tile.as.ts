// AssemblyScript. Offsets in the scratch of combineU16: sums of eight pixels, then the tile of their deviations and its 16-bit copy; the
// same again for the pixels that are clipped, and one of them sorted.

export const EVEN: usize = 0
// brackets of medians come here when the sums were read, and places of pixels
export const LOW: usize = 0
export const HIGH: usize = 16
export const UPPER: usize = 32
export const PLACES: usize = 64
export const ODD: usize = 64
export const SQUARES: usize = 128
export const PIVOT: usize = 192
export const STEP: usize = 224
export const MEAN: usize = 256
export const UNITS: usize = 288
export const MIDDLE: usize = 320
export const DEVIATION: usize = 336
// the smallest and the largest of each pixel stand before the tile, so that they are copied with it
export const LOWEST: usize = 352
export const HIGHEST: usize = 384
export const TILE: usize = 416

/** 1 / z(3/4): makes a MAD the sd of normal values. */
export const CONSISTENCY: f64 = 1.4826022185056018
