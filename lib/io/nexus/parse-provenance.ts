import type { ZodType } from 'zod'
import { FormatError } from '../../errors.js'
import type { Provenance } from '../../maps/calibration-set.js'
import { CALIBRATION_SCHEMA } from './calibration-layout.js'

/**
 * Provenance from its JSON, as it stands there (unknown keys included).
 * @param file name for messages
 * @param schema that it must name
 * @throws {FormatError} ERR_FORMAT when it is not JSON, or not the provenance of a calibration
 */
export async function parseProvenance(file: string, json: string, schema: string = CALIBRATION_SCHEMA): Promise<Provenance> {
  const expected = 'the provenance of a calibration (JSON)'
  let value: unknown
  try {
    value = JSON.parse(json)
  } catch (cause) {
    throw new FormatError({ file, expected, received: `text that is not JSON: ${(cause as Error).message}`, cause })
  }
  const { error } = (await provenanceSchema(schema)).safeParse(value)
  if (error) {
    const [{ path, message }] = error.issues
    const more = error.issues.length > 1 ? `, and ${error.issues.length - 1} more` : ''
    throw new FormatError({ file, expected, received: `at "${path.map(String).join('.')}": ${message}${more}` })
  }
  return value as Provenance
}

async function provenanceSchema(schema: string): Promise<ZodType> {
  const { z } = await import('zod')
  const count = z.int().min(0)
  const text = z.string().nullable()
  // These also stand in the file as texts of HDF5, which end at the first NUL.
  const storable = z.string().regex(/^[^\0]*$/)
  const frame = z.looseObject({ index: count, name: text, sha256: text, verdict: z.enum(['kept', 'dropped']), reason: text })
  const stack = z.looseObject({
    role: z.enum(['dark', 'flat']),
    level: count,
    frames: z.array(frame),
    kept: count,
    combine: z.string(),
    passes: count
  })
  const mode = z.looseObject({
    binning: z.string().optional(),
    gainRange: z.string().optional(),
    integrationTime: z.number().optional(),
    frameRate: z.number().optional(),
    readoutRegion: z.string().optional()
  })
  return z.looseObject({
    schema: z.literal(schema),
    program: storable,
    version: storable,
    created: storable.nullable(),
    mode,
    kilovolts: z.number().nullable(),
    filter: text,
    temperature: z.number().nullable(),
    stacks: z.array(stack),
    options: z.record(z.string(), z.unknown()),
    warnings: z.array(z.string()),
    defectCounts: z.record(z.string(), count)
  })
}
