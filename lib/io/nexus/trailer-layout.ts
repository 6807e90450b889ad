/**
 * The trailer of a calibration file: 64 bytes at its end, behind the HDF5 part, which HDF5 readers never look past (the superblock states
 * where HDF5 ends), and the header, which is JSON. The seal is a tree: the trailer has the hash of the header, the header the hash of the
 * HDF5 part and one of each map, so that the header alone can be read and believed.
 *
 * | byte | length | content |
 * | ---- | ------ | ------- |
 * | 0    | 16     | ASCII `flatpanel-seal/2` |
 * | 16   | 8      | length of the HDF5 part in bytes, unsigned, little-endian |
 * | 24   | 8      | length of the header in bytes; the file is both + 64 bytes long |
 * | 32   | 32     | SHA-256 of the header: what tells two calibrations apart |
 */
export const TRAILER = Object.freeze({
  length: 64,
  magic: 'flatpanel-seal/2',
  lengthAt: 16,
  headerLengthAt: 24,
  hashAt: 32
} as const)

/**
 * The trailer of 0.1.0: 56 bytes behind the HDF5 part. `flatpanel-seal/1`, length of the HDF5 part (8 bytes), SHA-256 of the HDF5 part.
 */
export const FIRST_TRAILER = Object.freeze({
  length: 56,
  magic: 'flatpanel-seal/1',
  lengthAt: 16,
  hashAt: 24
} as const)
