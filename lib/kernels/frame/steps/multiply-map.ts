import type { StepOperand } from './step-operand.js'

/** values = fround(values * map), in place; as `subtractMap`. */
export function multiplyMap(values: Float32Array, at: number, count: number, first: number, { map }: StepOperand): void {
  const fround = Math.fround
  for (let i = 0; i < count; i++) values[at + i] = fround(values[at + i] * map[first + i])
}
