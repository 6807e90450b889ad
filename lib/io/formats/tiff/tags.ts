/** The tags that are read or written; every other tag of a file is left alone, however wrong it may be. */
export const tag = {
  newSubfileType: 254,
  subfileType: 255,
  cols: 256,
  rows: 257,
  bitsPerSample: 258,
  compression: 259,
  photometric: 262,
  fillOrder: 266,
  description: 270,
  stripOffsets: 273,
  samplesPerPixel: 277,
  rowsPerStrip: 278,
  stripByteCounts: 279,
  xResolution: 282,
  yResolution: 283,
  resolutionUnit: 296,
  software: 305,
  predictor: 317,
  tileCols: 322,
  tileRows: 323,
  tileOffsets: 324,
  tileByteCounts: 325,
  sampleFormat: 339,
  metaMorphPlanes: 33629,
  depth: 32997
} as const

/** Codes of the field types, as TIFF 6.0 section 2 and the BigTIFF design number them. */
export const fieldType = { byte: 1, ascii: 2, short: 3, long: 4, rational: 5, ifd: 13, long8: 16, ifd8: 18 } as const

/** Codes of the compressions that are read. */
export const compression = { none: 1, lzw: 5, deflate: 8, packBits: 32773, oldDeflate: 32946 } as const
