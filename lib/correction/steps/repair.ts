import type { Step } from '../program/step.js'

/** Bad pixels from good ones around them, by the defect plan: from the whole frame. */
export const repairStep: Step = {
  name: 'defects',
  plan: (_, { repair = true }) => (repair ? { kernel: null } : null)
}
