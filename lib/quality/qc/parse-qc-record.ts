import { OptionError } from '../../errors.js'
import { qcRecordSchema } from './qc-record-schema.js'
import type { QcRecord } from './create-qc-record.js'

/**
 * Check a line of a QC log.
 * @param json what JSON.parse gave
 * @returns the record, typed; fields of a later version are left out
 * @throws {OptionError} ERR_OPTION that names the first fault and its place
 */
export function parseQcRecord(json: unknown): QcRecord {
  const result = qcRecordSchema.safeParse(json)
  if (result.success) return result.data
  const [{ path, message }] = result.error.issues
  const received = path.length === 0 ? message : `${path.join('.')}: ${message}`
  throw new OptionError({ subject: 'QC record', expected: 'the schema flatpanel.qc-record/1', received, cause: result.error })
}
