/**
 * The trailer of a calibration file: 56 bytes after the end of the HDF5 part, which HDF5 readers never look at
 * (the superblock states where HDF5 ends).
 *
 * | byte | length | content |
 * | ---- | ------ | ------- |
 * | 0    | 16     | ASCII `flatpanel-seal/1` |
 * | 16   | 8      | length of the HDF5 part in bytes, unsigned, little-endian; the file is that + 56 bytes long |
 * | 24   | 32     | SHA-256 of the HDF5 part |
 */
export const TRAILER = Object.freeze({
  length: 56,
  magic: 'flatpanel-seal/1',
  lengthAt: 16,
  hashAt: 24
} as const)
