import { z } from 'zod'

const count = z.int().min(0)

/** Fields of a schema that say how many pixels count and how many do not. */
export const pixelFields = {
  usedPixels: count.describe('good pixels that count'),
  defectivePixels: count.describe('bad pixels left out'),
  nonFinitePixels: count.describe('good pixels that are not finite, left out')
}
