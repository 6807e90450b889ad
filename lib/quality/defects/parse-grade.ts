import { z } from 'zod'
import { OptionError } from '../../errors.js'
import { gradeSchema } from './grade-schema.js'
import type { Grade } from './grade.js'

/**
 * Check the content of a grade file. Nothing is passed over: a key, a figure or a class that is not known is refused.
 * @param json what JSON.parse gave
 * @returns the grade, typed
 * @throws {OptionError} ERR_OPTION that names every fault and its place
 */
export function parseGrade(json: unknown): Grade {
  const result = gradeSchema.safeParse(json)
  if (!result.success) refuse(z.prettifyError(result.error), result.error)
  const { $schema: _, ...grade } = result.data
  for (const [k, limit] of grade.limits.entries()) {
    const place = `at limits[${k}]`
    if (limit.zone === 'centre' && grade.zones.centre === undefined) refuse(`✖ zone "centre", but zones has no centre\n  → ${place}`)
    if (limit.figure === 'adjacentLines') assertOrder(limit.minimumWidth, limit.maximumWidth, place)
    if ('minimumPixels' in limit || 'maximumPixels' in limit) assertOrder(limit.minimumPixels ?? 2, limit.maximumPixels, place)
  }
  return grade
}

function assertOrder(least: number, most: number | undefined, place: string): void {
  if (most !== undefined && most < least) refuse(`✖ Expected minimum <= maximum, received ${least} and ${most}\n  → ${place}`)
}

function refuse(faults: string, cause?: unknown): never {
  throw new OptionError({ subject: 'grade', expected: 'the schema flatpanel.grade/1', received: `\n${faults}`, cause })
}
