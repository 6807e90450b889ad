import { subtractMap } from '../../kernels/frame/steps/subtract-map.js'
import type { Step } from '../program/step.js'

/** Less the dark level of each pixel. */
export const offsetStep: Step = {
  name: 'offset',
  plan: ({ offset }) => ({ kernel: subtractMap, map: offset.data })
}
