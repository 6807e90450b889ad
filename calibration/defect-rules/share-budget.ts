import { chiSquareQuantile } from '../../lib/kernels/statistics/chi-square-quantile.js'
import type { DefectNumbers } from '../defect-presets/defect-numbers.js'
import type { DefectPreset } from '../defect-presets/defect-preset.js'

/** What the stacks allow to test. */
export interface TestableStacks {
  readonly pixels: number
  /** Stacks of two frames or more: they show noise and changes. */
  readonly noisyStacks: number
  /** Comparisons of corrected flats: the halves of the first level, and every further level. */
  readonly flatComparisons: number
  readonly flatLevels: number
  /** Frames of a decay; 0: none was given. */
  readonly decayFrames: number
}

/** Numbers without any `budget` left. */
export interface SharedBudget {
  readonly numbers: DefectNumbers
  /** Probability that one test calls one good pixel bad; null: no number follows from the budget. */
  readonly probability: number | null
  /** Tests that share the budget. */
  readonly tests: number
}

interface BudgetedNumber {
  /** How many tests of every pixel these stacks allow. */
  readonly tests: (stacks: TestableStacks) => number
  /** The number for a probability per test. */
  readonly turn: (probability: number, tests: number) => number
}

/** Deviations either way that a Gaussian exceeds with probability p, in sd. */
const twoSided = (p: number): number => Math.sqrt(chiSquareQuantile(1, p))
const oneSided = (p: number): number => twoSided(2 * p)
const summed = (p: number, tests: number): number => p * tests

const BUDGETED: Readonly<Partial<Record<keyof DefectNumbers, BudgetedNumber>>> = {
  hotSigma: { tests: () => 1, turn: oneSided },
  responseSigma: { tests: () => 1, turn: twoSided },
  noisyProbability: { tests: ({ noisyStacks }) => noisyStacks, turn: summed },
  unstableProbability: { tests: ({ noisyStacks }) => noisyStacks, turn: summed },
  nonUniformSigma: { tests: ({ flatComparisons }) => flatComparisons, turn: twoSided },
  lagSigma: { tests: ({ decayFrames }) => Math.min(1, decayFrames), turn: twoSided },
  nonLinearSigma: { tests: ({ flatLevels }) => (flatLevels >= 2 ? 1 : 0), turn: twoSided },
  // Signal, offset, noise and every corrected flat, each along columns and rows, whole and in parts.
  lineSigma: { tests: ({ flatComparisons }) => 12 + 4 * flatComparisons, turn: twoSided }
}

/**
 * Turn the budget of false pixels into the numbers that follow from it.
 *
 * With B false pixels per panel of N pixels and T tests of every pixel, each test may call a good pixel bad with
 * probability p = B / (N T): expectations add, whatever the dependence of the tests, so that the panel expects at most B.
 * Limits are the Gaussian quantiles of p; a rule that tests several stacks gets the sum of their shares. A line counts by its
 * pixels: a false line of n pixels with probability p n / n. Numbers that were given as such have no share.
 * @see Dunn, Multiple comparisons among means, JASA 56, 1961
 */
export function shareBudget(given: DefectPreset['numbers'], stacks: TestableStacks): SharedBudget {
  const names = (Object.keys(BUDGETED) as (keyof DefectNumbers)[]).filter((name) => given[name] === 'budget')
  const counts = new Map(names.map((name) => [name, BUDGETED[name]!.tests(stacks)]))
  const tests = [...counts.values()].reduce((sum, count) => sum + count, 0)
  const budget = given.falsePixels as number
  const probability = tests > 0 ? Math.min(0.1, budget / (stacks.pixels * tests)) : null
  const derived: Record<string, number | null> = {}
  for (const [name, count] of counts) {
    // A number that cannot be null belongs to a rule that rests without the frames it needs: any will do.
    derived[name] = probability === null ? null : BUDGETED[name]!.turn(probability, Math.max(1, count))
  }
  return { numbers: { ...given, ...derived } as DefectNumbers, probability, tests }
}
