/** A deflated byte cannot stand for more bytes than this: a size beyond is a lie (RFC 1951, 258 bytes from 2 bits). */
export const LARGEST_DEFLATE_RATIO = 1032
