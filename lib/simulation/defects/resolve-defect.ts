import { OptionError } from '../../errors.js'
import { assertNumber } from '../assert-number.js'
import type { Shape } from '../../frame/shape.js'
import type { NumberLimits } from '../assert-number.js'
import type { DeviationUnit, PlannedDefect, PlantedClass, PlantedDefect } from './planned-defect.js'

interface ClassRule {
  readonly words: string
  readonly unit: DeviationUnit
  /** Absent: the class has no strength. */
  readonly strength?: NumberLimits & { readonly usual: number }
  /** True: one pixel wide. */
  readonly narrow?: boolean
}

const RESPONSE: DeviationUnit = 'relative response'
const RULES: Readonly<Record<PlantedClass, ClassRule>> = {
  dead: { words: 'dead', unit: RESPONSE },
  stuck: { words: 'stuck', unit: RESPONSE, strength: { least: 0, most: 1, usual: 0.5 } },
  hot: { words: 'hot', unit: 'DN above neighbours', strength: { least: 0, above: true, most: 1, usual: 0.05 } },
  overResponding: { words: 'over-responding', unit: RESPONSE, strength: { least: 1, above: true, most: 10, usual: 1.7 } },
  underResponding: { words: 'under-responding', unit: RESPONSE, strength: { least: 0, most: 1, above: true, below: true, usual: 0.3 } },
  noisy: { words: 'noisy', unit: 'noise ratio', strength: { least: 1, above: true, most: 1000, usual: 8 } },
  levelDependent: { words: 'level-dependent', unit: RESPONSE, strength: { least: -0.25, most: 0.25, usual: 0.05 } },
  sessionDependent: { words: 'session-dependent', unit: RESPONSE, strength: { least: -0.5, most: 0.5, usual: 0.05 } },
  unstable: { words: 'unstable', unit: 'sd of the dark noise', strength: { least: 0, above: true, most: 1000, usual: 20 } },
  line: { words: 'dead line', unit: RESPONSE, narrow: true },
  weakLine: { words: 'weak line', unit: RESPONSE, strength: { least: 0, most: 1, above: true, below: true, usual: 0.95 }, narrow: true },
  cluster: { words: 'dead cluster', unit: RESPONSE },
  noisyLine: {
    words: 'noisy line',
    unit: 'sd of the dark noise',
    strength: { least: 0, above: true, most: 1000, usual: 0.5 },
    narrow: true
  },
  noisyExposed: { words: 'noisy under exposure', unit: 'noise ratio', strength: { least: 1, above: true, most: 1000, usual: 4 } },
  nonLinear: { words: 'non-linear', unit: RESPONSE, strength: { least: -1, most: 1, usual: 0.1 } },
  lagging: { words: 'lagging', unit: 'lag ratio', strength: { least: 0, above: true, most: 100, usual: 4 } }
}
/** Their deviation is their strength. */
const PLAIN: ReadonlySet<PlantedClass> = new Set(['noisy', 'unstable', 'noisyLine', 'noisyExposed', 'lagging'])
const SWITCHES = Object.freeze({ least: 0, most: 31, integer: true })

/**
 * Check one planned defect and say which pixels it takes and how far they are from good ones.
 * @param index its place in the list, for messages
 * @param fullScale highest raw value in DN
 * @throws {OptionError} ERR_OPTION for an unknown class, a strength outside its range, a defect that reaches out of the panel
 */
export function resolveDefect(defect: PlannedDefect, index: number, shape: Shape, fullScale: number): PlantedDefect {
  const subject = `option "defects", entry ${index}`
  if (typeof defect !== 'object' || defect === null) refuse(subject, 'an object { class, row, col, ... }', typeof defect)
  const rule = Object.hasOwn(RULES, defect.class) ? RULES[defect.class] : undefined
  if (!rule) refuse(`${subject}, class`, `one of ${Object.keys(RULES).join(', ')}`, String(defect.class))
  const strength = strengthOf(subject, defect, rule)
  const switches = switchesOf(subject, defect)
  const [height, width] = extentOf(subject, defect, rule)
  assertInside(subject, defect, [height, width], shape)
  const pixels: number[] = []
  for (let row = 0; row < height; row++) {
    for (let col = 0; col < width; col++) {
      if (!defect.pattern || defect.pattern[row][col] === '#') pixels.push((defect.row + row) * shape[1] + defect.col + col)
    }
  }
  if (pixels.length === 0) refuse(`${subject}, pattern`, "at least one '#'", 'none')
  const deviation = deviationOf(defect.class, strength, fullScale)
  const description = describe(defect, rule, pixels, deviation)
  return { class: defect.class, pixels, strength, deviation, unit: rule.unit, ...switches, description }
}

function switchesOf(subject: string, { class: name, switches }: PlannedDefect): { switches?: number } {
  if (switches === undefined) return {}
  if (name !== 'unstable') refuse(`${subject}, switches`, 'them for class unstable only', name)
  assertNumber(`${subject}, switches`, switches, SWITCHES)
  return { switches }
}

function strengthOf(subject: string, defect: PlannedDefect, rule: ClassRule): number | null {
  if (!rule.strength) {
    if (defect.strength !== undefined) refuse(`${subject}, strength`, `none for class ${defect.class}`, String(defect.strength))
    return null
  }
  const strength = defect.strength ?? rule.strength.usual
  assertNumber(`${subject}, strength`, strength, rule.strength)
  if (strength === 0 && rule.strength.least < 0) refuse(`${subject}, strength`, 'other than 0', '0')
  return strength
}

function extentOf(subject: string, defect: PlannedDefect, rule: ClassRule): [height: number, width: number] {
  let extent: [number, number] = [defect.rows ?? 1, defect.cols ?? 1]
  if (defect.pattern !== undefined) {
    if (defect.rows !== undefined || defect.cols !== undefined) refuse(subject, 'either a pattern or rows and cols', 'both')
    extent = patternExtent(subject, defect.pattern)
  }
  if (rule.narrow && Math.min(...extent) !== 1) refuse(subject, 'a line one pixel wide', `${extent[0]} x ${extent[1]} pixels`)
  return extent
}

function patternExtent(subject: string, pattern: readonly string[]): [height: number, width: number] {
  const lines: readonly unknown[] = Array.isArray(pattern) ? pattern : []
  const isLine = (line: unknown): boolean => typeof line === 'string' && /^[#.]+$/.test(line) && line.length === pattern[0].length
  if (lines.length === 0 || !lines.every(isLine)) {
    refuse(`${subject}, pattern`, "strings of equal length made of '#' and '.'", JSON.stringify(pattern) ?? typeof pattern)
  }
  return [pattern.length, pattern[0].length]
}

function assertInside(subject: string, { row, col }: PlannedDefect, [height, width]: [number, number], [rows, cols]: Shape): void {
  assertNumber(`${subject}, row`, row, { least: 0, most: rows - 1, integer: true })
  assertNumber(`${subject}, col`, col, { least: 0, most: cols - 1, integer: true })
  assertNumber(`${subject}, rows`, height, { least: 1, most: rows - row, integer: true })
  assertNumber(`${subject}, cols`, width, { least: 1, most: cols - col, integer: true })
}

function deviationOf(name: PlantedClass, strength: number | null, fullScale: number): number {
  if (strength === null || name === 'stuck') return 1
  if (name === 'hot') return strength * fullScale
  if (PLAIN.has(name)) return strength
  if (name === 'levelDependent' || name === 'sessionDependent' || name === 'nonLinear') return Math.abs(strength)
  return Math.abs(strength - 1)
}

function describe({ row, col }: PlannedDefect, { words, unit }: ClassRule, pixels: readonly number[], deviation: number): string {
  const what = pixels.length === 1 ? `${words} pixel at` : `${words}, ${pixels.length} pixels from`
  return `${what} [${row}, ${col}], ${Number(deviation.toPrecision(4))} ${unit === RESPONSE ? 'off in relative response' : unit}`
}

function refuse(subject: string, expected: string, received: string): never {
  throw new OptionError({ subject, expected, received })
}
