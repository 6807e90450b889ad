import { qcRecordSchema } from '../quality/qc/qc-record-schema.js'
import { errorSchema } from './schemas/error-schema.js'
import { qcSchema } from './schemas/qc-schema.js'
import { verifySchema } from './schemas/verify-schema.js'

/**
 * Schemas of the documents that the command prints with --json, and of a line of the QC log, by the value of their `schema` field. A
 * document may gain fields within a version; it loses none. Each is published as JSON Schema beside its source: `flatpanel.verify/1` as
 * `schemas/verify.json`, `flatpanel.measure.nps/1` as `schemas/measure-nps.json`.
 */
export const documentsSchema = {
  'flatpanel.error/1': errorSchema,
  'flatpanel.qc-record/1': qcRecordSchema,
  'flatpanel.qc/1': qcSchema,
  'flatpanel.verify/1': verifySchema
} as const
