/**
 * flatpanel: frames, maps, errors, and the correction of raw frames. Nothing here needs Node.
 */
export {
  AbortedError,
  CalibrationError,
  ChecksumError,
  DetectorError,
  ExistsError,
  FormatError,
  UnwrittenFrameError,
  IoError,
  isDetectorError,
  ModeError,
  OptionError,
  ShapeError,
  StackError
} from './errors.js'
export { createCorrector } from './correction/create-corrector.js'
export { assertShape } from './frame/assert-shape.js'
export { fromNdarray } from './frame/from-ndarray.js'
export { isNdarray } from './frame/is-ndarray.js'
export { pixelTypeOf } from './frame/pixel-type-of.js'
export { toKernelPixels } from './frame/to-kernel-pixels.js'
export { toNdarray } from './frame/to-ndarray.js'
export { BAD_PIXEL_BITS, DEFECT_FLAGS } from './maps/defect-flags.js'
export { REPAIR_METHODS } from './maps/defect-plan.js'
export { goodNeighbourBits, NEIGHBOUR_STEPS } from './maps/good-neighbour-bits.js'
export { applyLayers } from './maps/layers/apply-layers.js'
export { completeDefects } from './maps/layers/complete-defects.js'
export { entriesOfMap } from './maps/layers/entries-of-map.js'
export { keepLayers } from './maps/layers/keep-layers.js'
export { layersOfCalibration } from './maps/layers/layers-of-calibration.js'
export { mergeDefects } from './maps/layers/merge-defects.js'
export { resolveLayers } from './maps/layers/resolve-layers.js'
export { nameDefects } from './maps/name-defects.js'
export { planDefects } from './maps/plan-defects.js'
export { projectDefects } from './maps/project-defects.js'
export type { AnyDetectorError, DetectorErrorCode, ErrorFacts } from './errors.js'
export type {
  CorrectedPixels,
  CorrectionFacts,
  CorrectionStep,
  Corrector,
  CorrectOptions,
  CorrectorOptions,
  FrameInput,
  FrameOutput
} from './correction/corrector.js'
export type { BeamOptions } from './correction/resolve-beam.js'
export type { CorrectedFrame } from './frame/corrected-frame.js'
export type { FrameInfo, FrameMode } from './frame/frame-info.js'
export type { FrameSource } from './frame/frame-source.js'
export type { KernelPixels, PixelData, PixelType } from './frame/pixel-data.js'
export type { RawFrame } from './frame/raw-frame.js'
export type { Region } from './frame/region.js'
export type { Shape } from './frame/shape.js'
export type { CalibrationSet, FrameRecord, Provenance, StackRecord } from './maps/calibration-set.js'
export type { Corrections } from './maps/corrections/corrections.js'
export type { RowReference, RowReferenceHalf } from './maps/corrections/row-reference.js'
export type { DefectClass } from './maps/defect-flags.js'
export type { DefectPlan, DefectPlanCounts, RepairMethod } from './maps/defect-plan.js'
export type { GoodNeighbourBits } from './maps/good-neighbour-bits.js'
export type { AppliedLayers } from './maps/layers/apply-layers.js'
export type { DefectEntry, DefectLayers, LayerName } from './maps/layers/defect-layers.js'
export type { MergedDefects, MergeDefectsOptions } from './maps/layers/merge-defects.js'
export type { DefectMap, GainMap, OffsetMap, PixelMap } from './maps/maps.js'
export type { NameDefectsOptions } from './maps/name-defects.js'
export type {
  ClassedGroup,
  DefectTally,
  DefectZone,
  DefectZoneOptions,
  GroupClass,
  LineRun,
  NamedCluster,
  NamedDefects,
  NamedLine
} from './maps/named-defects.js'
export type { PixelRepairs } from './maps/pixel-repairs.js'
export type { PlanDefectsOptions } from './maps/plan-defects.js'
export type { ProjectDefectsOptions } from './maps/project-defects.js'
