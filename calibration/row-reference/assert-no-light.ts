import { StackError } from '../../lib/errors.js'
import type { RowLevels } from './measure-row-levels.js'

/** Part of a row's exposure that may reach its shielded columns. */
const MOST_LIGHT = 1e-4
/** A slope counts from so many standard errors on. */
const SIGMA = 3

/**
 * Test that shielded columns see no light: the slope of a row's level against the mean signal of its exposed pixels, means over
 * the flats of a level, by least squares with a constant for each level, since the dark level may have drifted between stacks.
 * @param levels of the flats of each level
 * @returns what the flats cannot tell, one sentence each
 * @throws {StackError} ERR_STACK when the slope is above 0.01 % and above 3 standard errors: a light leak, glare, or lag
 */
export function assertNoLight(levels: readonly RowLevels[]): string[] {
  let [count, squares, products, levelSquares] = [0, 0, 0, 0]
  for (const { frames, rows, all, exposed } of levels) {
    const x = meansOver(frames, rows, exposed)
    const y = meansOver(frames, rows, all)
    const known = x.map((value, row) => (value - value === 0 && y[row] - y[row] === 0 ? 1 : 0))
    const used = known.reduce((sum, one) => sum + one, 0)
    const meanOf = (values: Float64Array): number => values.reduce((sum, value, row) => sum + (known[row] === 1 ? value : 0), 0) / used
    const [meanX, meanY] = [meanOf(x), meanOf(y)]
    for (let row = 0; row < rows; row++) {
      if (known[row] === 0) continue
      squares += (x[row] - meanX) ** 2
      products += (x[row] - meanX) * (y[row] - meanY)
      levelSquares += (y[row] - meanY) ** 2
    }
    count += used - 1
  }
  const slope = products / squares
  const error = Math.sqrt(Math.max(0, levelSquares - slope * products) / Math.max(1, count - 1) / squares)
  const percent = (part: number): string => `${Number((100 * part).toPrecision(3))} %`
  if (Math.abs(slope) > MOST_LIGHT && Math.abs(slope) > SIGMA * error) {
    throw new StackError({
      subject: 'reference columns',
      expected: `levels that do not follow the exposure, at most ${percent(MOST_LIGHT)} of it`,
      received: `${percent(slope)} of the mean signal of the row (standard error ${percent(error)}): light, glare or lag reaches them`
    })
  }
  if (SIGMA * error <= MOST_LIGHT) return []
  return [
    `reference columns: the rows of these flats are too alike to tell light on them below ${percent(SIGMA * error)} of the exposure, ` +
      `limit ${percent(MOST_LIGHT)}`
  ]
}

function meansOver(frames: number, rows: number, values: Float64Array): Float64Array {
  const means = new Float64Array(rows)
  for (let t = 0; t < frames; t++) for (let row = 0; row < rows; row++) means[row] += values[t * rows + row] / frames
  return means
}
