import type { Step } from '../program/step.js'

/** Rounded half to even and clamped to 0..65535: after the repair, which needs unrounded values. */
export const quantiseStep: Step = {
  name: 'quantise',
  plan: (_, { output = 'float32' }) => (output === 'uint16' ? { kernel: null } : null)
}
