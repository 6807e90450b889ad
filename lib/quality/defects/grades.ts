import type { Grade, GradeLimit } from './grade.js'

const SOURCE = 'Perkin Elmer, XRD 1621 "underperforming pixel" specification, V2'
const NOT_LISTED = 'the specification lists no such class: none'

interface MakerLimits {
  readonly two: number
  /** Null: not listed. */
  readonly threeOrFour: number | null
  readonly lines: number
  readonly mega: number
  readonly large: number
  readonly medium: number
}

function zoneLimits(zone: GradeLimit['zone'], { two, threeOrFour, lines, mega, large, medium }: MakerLimits): GradeLimit[] {
  const threeOrFourLimit = { figure: 'adjacentLines', minimumWidth: 3, maximumWidth: 4, zone, max: threeOrFour ?? 0 } as const
  return [
    { figure: 'adjacentLines', minimumWidth: 2, maximumWidth: 2, zone, max: two },
    threeOrFour === null ? { ...threeOrFourLimit, note: NOT_LISTED } : threeOrFourLimit,
    { figure: 'adjacentLines', minimumWidth: 5, zone, max: 0, note: NOT_LISTED },
    { figure: 'lines', zone, max: lines, note: 'cumulative' },
    { figure: 'groups', class: 'medium', zone, max: medium },
    { figure: 'groups', class: 'large', zone, max: large },
    { figure: 'groups', class: 'mega', zone, max: mega },
    { figure: 'groups', class: 'beyond', zone, max: 0, note: NOT_LISTED }
  ]
}

function makerGrade(name: string, centre: MakerLimits, general: MakerLimits, percent: number, pixels: number): Grade {
  return {
    schema: 'flatpanel.grade/1',
    name,
    source: SOURCE,
    zones: { rimPixels: 6, centre: [1024, 1024] },
    limits: [
      ...zoneLimits('centre', centre),
      ...zoneLimits('general', general),
      { figure: 'localPixels', window: 51, zone: 'general', max: 260, note: '10 % of 51 x 51' },
      { figure: 'badPercent', zone: 'general', max: percent },
      { figure: 'badPixels', zone: 'general', max: pixels, note: `${percent} % of the panel, as the specification counts` }
    ]
  }
}

/**
 * Grade tables that come with the package, by name: those of one panel maker for a panel of 2048 x 2048 px. The same are published as
 * `flatpanel/grades/<name>.json`.
 * @see Perkin Elmer, XRD 1621 "underperforming pixel" specification, V2
 */
export const GRADES: Readonly<Record<'xrd1621-ct' | 'xrd1621-imaging', Grade>> = Object.freeze({
  'xrd1621-ct': makerGrade(
    'XRD 1621, CT',
    { two: 0, threeOrFour: null, lines: 5, mega: 0, large: 5, medium: 50 },
    { two: 1, threeOrFour: null, lines: 11, mega: 1, large: 20, medium: 200 },
    1,
    40_000
  ),
  'xrd1621-imaging': makerGrade(
    'XRD 1621, imaging',
    { two: 4, threeOrFour: 1, lines: 8, mega: 2, large: 15, medium: 125 },
    { two: 8, threeOrFour: 2, lines: 20, mega: 7, large: 40, medium: 400 },
    2,
    83_800
  )
})
