import { CalibrationError } from '../../../errors.js'
import type { CorrectionCodec, StoredNumbers } from './correction-codec.js'

type Pair = readonly [number, number]

/** The row reference as `reference_pixels`: runs of columns [n, 2]; of each half of the read-out rows [m, 2], noise and weight [m]. */
export const rowReferenceCodec: CorrectionCodec<'rowReference'> = {
  key: 'rowReference',
  group: 'reference_pixels',
  version: '1',
  step: 'row-reference',
  datasets: { columns: '1', rows: '1', row_noise: 'DN', weight: '1' },
  encode: ({ columns, halves }) => ({
    columns: pairs(columns),
    rows: pairs(halves.map(({ rows }) => rows)),
    row_noise: list(halves.map(({ rowNoise }) => rowNoise)),
    weight: list(halves.map(({ weight }) => weight))
  }),
  decode(subject, { columns, rows, row_noise: rowNoise, weight }, shape) {
    const halves = runsOf(`${subject}: rows`, rows, shape[0])
    for (const [name, { data }] of Object.entries({ row_noise: rowNoise, weight })) {
      const most = name === 'weight' ? 1 : Number.MAX_VALUE
      if (data.length === halves.length && data.every((value) => value >= 0 && value <= most)) continue
      const expected = `${halves.length} finite values from 0${name === 'weight' ? ' to 1' : ''}`
      throw new CalibrationError({ subject: `${subject}: ${name}`, expected, received: `[${data.slice(0, 8).join(', ')}]` })
    }
    return {
      columns: runsOf(`${subject}: columns`, columns, shape[1]),
      halves: halves.map((run, i) => ({ rows: run, rowNoise: rowNoise.data[i], weight: weight.data[i] }))
    }
  }
}

function pairs(runs: readonly Pair[]): StoredNumbers {
  return { data: Float64Array.from(runs.flat()), shape: [runs.length, 2] }
}

function list(values: readonly number[]): StoredNumbers {
  return { data: Float64Array.from(values), shape: [values.length] }
}

/** Half-open runs on the panel, in ascending order, at least one. */
function runsOf(subject: string, { data, shape }: StoredNumbers, end: number): Pair[] {
  let last = 0
  const isGood = shape.length === 2 && shape[1] === 2 && data.length > 0 && data.every(Number.isInteger)
  const runs = Array.from({ length: data.length >> 1 }, (_, i): Pair => [data[2 * i], data[2 * i + 1]])
  const fits = runs.every(([from, to]) => {
    const follows = from >= last && to > from && to <= end
    last = to
    return follows
  })
  if (isGood && fits) return runs
  const expected = `runs [first, end) in ascending order, from 0 to ${end}`
  throw new CalibrationError({ subject, expected, received: `[${data.slice(0, 8).join(', ')}]` })
}
