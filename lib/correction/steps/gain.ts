import { multiplyMap } from '../../kernels/frame/steps/multiply-map.js'
import type { Step } from '../program/step.js'

/** Times the gain of each pixel. */
export const gainStep: Step = {
  name: 'gain',
  plan: ({ gain }) => ({ kernel: multiplyMap, map: gain.data })
}
