import { z } from 'zod'

const words = z.string().nullable()

/** What went wrong. */
export const errorFields = z.object({
  code: z.string().regex(/^ERR_/),
  message: z.string(),
  subject: words.describe('what was refused'),
  expected: words,
  received: words
})

/** The document that every command prints with --json when it fails; `flatpanel correct` adds the files finished so far. */
export const errorSchema = z.object({
  schema: z.string().describe('flatpanel.error/1, or that of the command whose work was cut short'),
  error: errorFields
})
