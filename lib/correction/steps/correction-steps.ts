import type { Step } from '../program/step.js'
import { beamStep } from './beam.js'
import { gainStep } from './gain.js'
import { offsetStep } from './offset.js'
import { quantiseStep } from './quantise.js'
import { repairStep } from './repair.js'
import { rowReferenceStep } from './row-reference.js'

/** The steps of the correction in the order in which they are applied. */
export const CORRECTION_STEPS: readonly Step[] = Object.freeze([rowReferenceStep, offsetStep, gainStep, beamStep, repairStep, quantiseStep])
