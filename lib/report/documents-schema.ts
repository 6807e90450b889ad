import { qcRecordSchema } from '../quality/qc/qc-record-schema.js'
import { calibrateSchema, demoSchema, inspectHeaderSchema, inspectSchema } from './schemas/calibrate-schema.js'
import { defectsCompareSchema } from './schemas/defects-compare-schema.js'
import { defectsEditSchema, defectsExportSchema, defectsImportSchema, defectsMergeSchema } from './schemas/defects-edit-schema.js'
import { defectsGradeSchema } from './schemas/defects-grade-schema.js'
import { defectsListSchema } from './schemas/defects-list-schema.js'
import { errorSchema } from './schemas/error-schema.js'
import { convertSchema, correctSchema } from './schemas/correct-schema.js'
import { measureDqeSchema } from './schemas/measure-dqe-schema.js'
import { measureDriftSchema } from './schemas/measure-drift-schema.js'
import { measureEmvaSchema } from './schemas/measure-emva-schema.js'
import { measureLagSchema } from './schemas/measure-lag-schema.js'
import { measureMtfSchema } from './schemas/measure-mtf-schema.js'
import { measureNoiseSchema } from './schemas/measure-noise-schema.js'
import { measureNpsSchema } from './schemas/measure-nps-schema.js'
import { measureUniformitySchema } from './schemas/measure-uniformity-schema.js'
import { qcSchema } from './schemas/qc-schema.js'
import { verifySchema } from './schemas/verify-schema.js'

/**
 * Schemas of the documents that the command prints with --json, and of a line of the QC log, by the value of their `schema` field. A
 * document may gain fields within a version; it loses none. Each is published as JSON Schema beside its source: `flatpanel.verify/1` as
 * `schemas/verify.json`, `flatpanel.measure.nps/1` as `schemas/measure-nps.json`.
 */
export const documentsSchema = {
  'flatpanel.calibrate/1': calibrateSchema,
  'flatpanel.convert/1': convertSchema,
  'flatpanel.correct/1': correctSchema,
  'flatpanel.defects.compare/1': defectsCompareSchema,
  'flatpanel.defects.edit/1': defectsEditSchema,
  'flatpanel.defects.export/1': defectsExportSchema,
  'flatpanel.defects.grade/1': defectsGradeSchema,
  'flatpanel.defects.import/1': defectsImportSchema,
  'flatpanel.defects.list/1': defectsListSchema,
  'flatpanel.defects.merge/1': defectsMergeSchema,
  'flatpanel.demo/1': demoSchema,
  'flatpanel.error/1': errorSchema,
  'flatpanel.inspect-header/1': inspectHeaderSchema,
  'flatpanel.inspect/1': inspectSchema,
  'flatpanel.measure.dqe/1': measureDqeSchema,
  'flatpanel.measure.drift/1': measureDriftSchema,
  'flatpanel.measure.emva/1': measureEmvaSchema,
  'flatpanel.measure.lag/1': measureLagSchema,
  'flatpanel.measure.mtf/1': measureMtfSchema,
  'flatpanel.measure.noise/1': measureNoiseSchema,
  'flatpanel.measure.nps/1': measureNpsSchema,
  'flatpanel.measure.uniformity/1': measureUniformitySchema,
  'flatpanel.qc-record/1': qcRecordSchema,
  'flatpanel.qc/1': qcSchema,
  'flatpanel.verify/1': verifySchema
} as const
