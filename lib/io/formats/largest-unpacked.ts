/** Most bytes that a packed file, or a packed part of one, may unpack to in memory: a small file that says more is a bomb. */
export const LARGEST_UNPACKED = 2 ** 30
