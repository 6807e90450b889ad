import { z } from 'zod'

/** Schema of the reasons for fields that are null. */
export const unknownsSchema = z.record(z.string(), z.string()).describe('why a field is null, by its name')
