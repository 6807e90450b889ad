import { correctF32ToF32 } from '../kernels/correct-f32-to-f32.js'
import { correctU16ToF32 } from '../kernels/correct-u16-to-f32.js'
import { correctU16ToU16 } from '../kernels/correct-u16-to-u16.js'
import { quantiseF32ToU16 } from '../kernels/quantise-f32-to-u16.js'
import { repairF32 } from '../kernels/repair-f32.js'
import { repairU16FromU16 } from '../kernels/repair-u16-from-u16.js'

/** The loops that a corrector runs over every frame; chosen once, when it is made. */
export interface CorrectionKernels {
  readonly correctU16ToF32: typeof correctU16ToF32
  readonly correctF32ToF32: typeof correctF32ToF32
  readonly correctU16ToU16: typeof correctU16ToU16
  readonly quantiseF32ToU16: typeof quantiseF32ToU16
  readonly repairF32: typeof repairF32
  readonly repairU16FromU16: typeof repairU16FromU16
}

/** The TypeScript kernels: the specification that any other set must match bit for bit. */
export const typescriptKernels: CorrectionKernels = Object.freeze({
  correctU16ToF32,
  correctF32ToF32,
  correctU16ToU16,
  quantiseF32ToU16,
  repairF32,
  repairU16FromU16
})
