import { z } from 'zod'
import { figureSchema } from '../figure-schema.js'

/** Schema of one line of a QC log. A record may gain fields within a version; it loses none. */
export const qcRecordSchema = z.object({
  schema: z.literal('flatpanel.qc-record/1'),
  time: z.iso.datetime().describe('UTC'),
  version: z.string().describe('of the program'),
  serialNumber: z.string().nullable(),
  calibration: z.object({
    file: z.string().nullable(),
    sha256: z.string().nullable().describe('of the HDF5 part of the file, as its trailer states it'),
    created: z.string().nullable()
  }),
  frames: z.int().min(1).describe('flats of the run'),
  passed: z.boolean().nullable().describe('limits met; null: no limits were given'),
  missed: z.int().min(0).nullable().describe('limits missed; null: no limits were given'),
  warnings: z.int().min(0).describe('how many the verification gave'),
  figures: z.array(figureSchema).describe('over all flats')
})
