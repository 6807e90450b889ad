/** State of one random stream: four 32-bit words of sfc32, changed by every draw. */
export type RandomState = Int32Array
