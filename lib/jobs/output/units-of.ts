import type { PlannedOutput } from './plan-outputs.js'

/** Inputs that are read together, with the files that their frames become. */
export interface OutputUnit {
  readonly inputs: readonly string[]
  readonly outputs: readonly PlannedOutput[]
}

/** The units of a plan, in which the outputs of an input stand together. */
export function unitsOf(plan: readonly PlannedOutput[]): OutputUnit[] {
  const units: { inputs: readonly string[]; outputs: PlannedOutput[] }[] = []
  for (const planned of plan) {
    const last = units.at(-1)
    if (last && last.inputs[0] === planned.inputs[0]) last.outputs.push(planned)
    else units.push({ inputs: planned.inputs, outputs: [planned] })
  }
  return units
}
