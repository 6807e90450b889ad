import type { StepOperand } from './step-operand.js'

/** values = fround(values * scalar), in place; as `subtractMap`. `scalar` is a float32 value. */
export function multiplyScalar(values: Float32Array, at: number, count: number, first: number, { scalar }: StepOperand): void {
  const fround = Math.fround
  for (let i = 0; i < count; i++) values[at + i] = fround(values[at + i] * scalar)
}
