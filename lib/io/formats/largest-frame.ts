/** Largest frame that is read, in bytes: nothing that a header says makes a reader ask for more. */
export const LARGEST_FRAME = 2 ** 31
