import { z } from 'zod'

const count = z.int().min(0)

/** Schema of a rectangle of pixels. */
export const regionSchema = z.object({ row: count, col: count, rows: count, cols: count })
