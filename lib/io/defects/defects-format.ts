/** Forms in which defect maps are exchanged, and the endings of their names. */
export const DEFECTS_FORMATS = Object.freeze({
  /** A calibration of flatpanel, with its layers. */
  calibration: ['.nxs'],
  /** Layers as text; see `formatDefectsText`. */
  text: ['.defects', '.txt'],
  'bpm-xml': ['.xml'],
  areadetector: ['.json'],
  csv: ['.csv'],
  /** HDF5 with a pixel_mask. */
  nexus: ['.h5', '.hdf5', '.nx', '.nexus'],
  tiff: ['.tif', '.tiff'],
  png: ['.png']
})

/** Name of one of them. */
export type DefectsFormat = keyof typeof DEFECTS_FORMATS
