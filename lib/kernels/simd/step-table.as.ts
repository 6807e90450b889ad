// AssemblyScript, written by build.mjs; not edited by hand.

import { subtractMap, multiplyMap, multiplyScalar, subtractRows } from './steps.as'

/** Run the kernel of a step, by its place in STEP_KERNELS. */
export function runKernel(kernel: i32, values: usize, count: i32, first: i32, step: usize): void {
  switch (kernel) {
    case 0: subtractMap(values, count, first, step); break
    case 1: multiplyMap(values, count, first, step); break
    case 2: multiplyScalar(values, count, first, step); break
    case 3: subtractRows(values, count, first, step); break
  }
}
