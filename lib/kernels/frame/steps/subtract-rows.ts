import type { StepOperand } from './step-operand.js'

/** values = fround(values - the level of the row), in place; as `subtractMap`. */
export function subtractRows(values: Float32Array, at: number, count: number, first: number, { rows, cols }: StepOperand): void {
  const fround = Math.fround
  let i = 0
  let row = Math.floor(first / cols)
  while (i < count) {
    const end = Math.min(count, (row + 1) * cols - first)
    const level = rows[row++]
    for (; i < end; i++) values[at + i] = fround(values[at + i] - level)
  }
}
