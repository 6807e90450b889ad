import { multiplyMap } from './multiply-map.js'
import { multiplyScalar } from './multiply-scalar.js'
import type { StepOperand } from './step-operand.js'
import { subtractMap } from './subtract-map.js'
import { subtractRows } from './subtract-rows.js'

/**
 * The kernel of a step: works in place on `count` values from values[at], which are the pixels of the frame from `first`. It sees each
 * pixel of a frame once, in any order.
 */
export type StepKernel = (values: Float32Array, at: number, count: number, first: number, operand: StepOperand) => void

/**
 * The kernels that have a twin of their name in WebAssembly (steps.as.ts). `npm run build:simd` makes the table of the interpreter there
 * from this list; a kernel that is not in it runs in TypeScript.
 */
export const STEP_KERNELS: readonly StepKernel[] = Object.freeze([subtractMap, multiplyMap, multiplyScalar, subtractRows])
