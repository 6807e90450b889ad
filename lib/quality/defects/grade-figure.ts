import { measureLocalDensity } from './measure-local-density.js'
import type { Region } from '../../frame/region.js'
import type { DefectClass } from '../../maps/defect-flags.js'
import type { DefectMap } from '../../maps/maps.js'
import type { DefectTally, DefectZone, NamedDefects } from '../../maps/named-defects.js'
import type { ZonePlaces } from '../../maps/zone-places.js'
import type { AdjacentLineLimit, ClusterLimit, GradeLimit, GradeZone, LocalLimit } from './grade.js'

/** A panel without its rim, named. */
export interface GradeSubject {
  readonly defects: DefectMap
  readonly named: NamedDefects
  readonly places: ZonePlaces
}

/** A figure of a panel. */
export interface GradeFigure {
  readonly value: number
  readonly unit: 'pixels' | '%' | ''
  readonly meaning: string
  readonly where: Region | null
}

/** Count what one line of a grade limits. */
export function gradeFigure(subject: GradeSubject, limit: GradeLimit): GradeFigure {
  switch (limit.figure) {
    case 'badPixels':
      return number(subject, limit.zone, (tally) => badPixelsOf(tally, limit.class), 'pixels', describeBad(limit.class))
    case 'badPercent': {
      const figure = number(subject, limit.zone, (tally) => badPixelsOf(tally, limit.class), '%', describeBad(limit.class))
      return {
        ...figure,
        value:
          (100 * figure.value) /
          Math.max(
            1,
            sum(subject, limit.zone, ({ pixels }) => pixels)
          )
      }
    }
    case 'isolatedPixels':
      return number(subject, limit.zone, (tally) => tally.isolatedPixels, 'pixels', 'bad pixels with eight good neighbours')
    case 'kernelPixels':
      return number(subject, limit.zone, (tally) => tally.kernelPixels, 'pixels', 'cluster kernel pixels')
    case 'lines':
      return number(subject, limit.zone, (tally) => tally.lines, '', 'lines, one by one')
    case 'segments':
      return number(subject, limit.zone, (tally) => tally.segments, '', 'bad line segments')
    case 'clusters':
    case 'relevantClusters':
      return clusters(subject, limit)
    case 'adjacentLines':
      return adjacentLines(subject, limit)
    case 'groups':
      return things(
        subject.named.groups.filter((group) => group.class === limit.class && isIn(limit.zone, group.zone)),
        ({ pixels }) => pixels,
        `groups of class ${limit.class}`,
        limit.class === 'small' ? sum(subject, limit.zone, ({ groups }) => groups.small) : undefined
      )
    case 'localPixels':
    case 'localPercent':
      return localDensity(subject, limit)
  }
}

const ZONES_OF: Readonly<Record<GradeZone, readonly DefectZone[]>> = { centre: ['centre'], general: ['centre', 'outer'] }

const isIn = (zone: GradeZone, place: DefectZone): boolean => ZONES_OF[zone].includes(place)

function sum({ named }: GradeSubject, zone: GradeZone, count: (tally: DefectTally) => number): number {
  return ZONES_OF[zone].reduce((total, place) => total + count(named.counts.zones[place]), 0)
}

function number(
  subject: GradeSubject,
  zone: GradeZone,
  count: (tally: DefectTally) => number,
  unit: GradeFigure['unit'],
  meaning: string
): GradeFigure {
  return { value: sum(subject, zone, count), unit, meaning, where: null }
}

const badPixelsOf = (tally: DefectTally, name?: DefectClass): number => (name === undefined ? tally.badPixels : tally.classes[name])

const describeBad = (name?: DefectClass): string => (name === undefined ? 'bad pixels' : `bad pixels of class ${name}`)

/** A number of things, and where the largest of them is. */
function things<T extends { readonly region: Region }>(
  list: readonly T[],
  sizeOf: (thing: T) => number,
  meaning: string,
  value: number = list.length
): GradeFigure {
  let worst: T | null = null
  for (const thing of list) if (worst === null || sizeOf(thing) > sizeOf(worst)) worst = thing
  return { value, unit: '', meaning, where: worst && worst.region }
}

function clusters({ named }: GradeSubject, limit: ClusterLimit): GradeFigure {
  const { minimumPixels = 2, maximumPixels = Infinity } = limit
  const kinds = limit.figure === 'clusters' ? ['cluster', 'relevant'] : ['relevant']
  const list = named.clusters.filter(
    ({ kind, pixels, zone }) => kinds.includes(kind) && isIn(limit.zone, zone) && pixels >= minimumPixels && pixels <= maximumPixels
  )
  const sizes = limit.minimumPixels === undefined && maximumPixels === Infinity ? '' : ` of ${range(minimumPixels, maximumPixels)} px`
  return things(list, ({ pixels }) => pixels, `${limit.figure === 'clusters' ? 'clusters' : 'relevant clusters'}${sizes}`)
}

function adjacentLines({ named }: GradeSubject, limit: AdjacentLineLimit): GradeFigure {
  const { minimumWidth, maximumWidth = Infinity } = limit
  const list = named.lines.filter(({ width, zone }) => isIn(limit.zone, zone) && width >= minimumWidth && width <= maximumWidth)
  return things(list, ({ pixels }) => pixels, `groups of ${range(minimumWidth, maximumWidth)} lines side by side`)
}

function range(least: number, most: number): string {
  if (most === Infinity) return `${least} or more`
  return least === most ? String(least) : `${least} to ${most}`
}

function localDensity({ defects, places }: GradeSubject, { figure, window, zone }: LocalLimit): GradeFigure {
  const { pixels, percent, region } = measureLocalDensity(defects, window, regionOf(zone, defects, places))
  const inPixels = figure === 'localPixels'
  const meaning = `bad pixels in the worst ${window} x ${window}`
  return { value: inPixels ? pixels : percent, unit: inPixels ? 'pixels' : '%', meaning, where: pixels === 0 ? null : region }
}

/** Without a central zone, that of the whole; the figure is then not used. */
function regionOf(zone: GradeZone, { shape }: DefectMap, { rim, top, left, bottom, right }: ZonePlaces): Region {
  if (zone === 'centre' && bottom > top) return { row: top, col: left, rows: bottom - top, cols: right - left }
  return { row: rim, col: rim, rows: shape[0] - 2 * rim, cols: shape[1] - 2 * rim }
}
