export { createVirtualDetector } from './create-virtual-detector.js'
export type { DeviationUnit, PlannedDefect, PlantedClass, PlantedDefect } from './defects/planned-defect.js'
export type { VirtualDetectorOptions } from './virtual-detector-options.js'
export type {
  DarksOptions,
  ExposeOptions,
  FlatsOptions,
  TelegraphOptions,
  VirtualDetector,
  VirtualDetectorTruth,
  VirtualFrame
} from './virtual-detector.js'
