import { OptionError } from '../errors.js'
import { classifyGroups, GROUP_CLASSES } from './classify-groups.js'
import { clusterName } from './cluster-name.js'
import { connectPixels } from './connect-pixels.js'
import { DEFECT_FLAGS } from './defect-flags.js'
import { findLineRuns } from './find-line-runs.js'
import { goodNeighbourBits } from './good-neighbour-bits.js'
import { groupLineRuns } from './group-line-runs.js'
import { measureGroups, regionOfGroup } from './measure-groups.js'
import { DEFECT_ZONES, zoneAt, zonePlaces } from './zone-places.js'
import type { Shape } from '../frame/shape.js'
import type { ClassifiedGroups } from './classify-groups.js'
import type { DefectClass } from './defect-flags.js'
import type { RunGroup } from './group-line-runs.js'
import type { DefectMap } from './maps.js'
import type { MeasuredGroups } from './measure-groups.js'
import type {
  ClassedGroup,
  DefectTally,
  DefectZone,
  DefectZoneOptions,
  GroupClass,
  LineRun,
  NamedCluster,
  NamedDefects,
  NamedLine
} from './named-defects.js'

/** Options of {@link nameDefects}. */
export interface NameDefectsOptions extends DefectZoneOptions {
  /** What lies outside the panel, for the cluster kernel pixels; the standard does not say. @default 'bad' */
  readonly outside?: 'bad' | 'good'
  /** First row of the lower read-out half: no line crosses it. @default null, no halves */
  readonly midline?: number | null
}

/** A bad pixel with fewer good neighbours is a cluster kernel pixel (ASTM E2597). */
const KERNEL_NEIGHBOURS = 5

/** Number of bits set in each byte. */
const BITS_IN = Uint8Array.from({ length: 256 }, (_, byte) => [...byte.toString(2)].filter((digit) => digit === '1').length)

/**
 * Name the clusters and lines of a defect map, and count what there is by class, size and zone.
 *
 * Clusters are two or more bad pixels that touch by sides or corners; a bad pixel with fewer than 5 good neighbours is a
 * cluster kernel pixel (CKP), a cluster that has one is relevant. Lines are runs of more than 10 bad pixels; one whose
 * sides hold bad pixels at no more than 10 % of its length is a segment, runs side by side are one wide line, and what is
 * less than twice as long as wide, or has bad pixels beside it at more than half of its length, is part of a block. Groups of
 * the panel maker's classes touch by their sides only, pixels of lines are taken out before. Neighbours outside the panel count
 * as not good (`outside`); counts by both rules are given.
 * @param defects a pixel counts as bad when any of BAD_PIXEL_BITS is set
 * @throws {ShapeError} ERR_SHAPE
 * @throws {OptionError} ERR_OPTION
 * @see ASTM E2597/E2597M-14 as publicly described; Perkin Elmer, XRD 1621 "underperforming pixel" specification, V2
 */
export function nameDefects(defects: DefectMap, options: NameDefectsOptions = {}): NamedDefects {
  const { outside = 'bad', midline = null } = options
  assertOptions(defects, outside, midline)
  const survey = surveyPixels(defects, options)
  const runs = findLineRuns(defects, { midline })
  const { lines, blockRuns } = groupLineRuns(runs, defects, midline)
  const namedLines = lines.map((line) => nameLine(survey, line, outside))
  const unexposed = countUnexposed(survey)
  const tallies = DEFECT_ZONES.map((_, zone) => createTally(survey.zones.pixels[zone] - unexposed[zone]))
  countPixels(survey, outside, tallies)
  const clusters = nameClusters(survey, lines, outside, tallies)
  for (const line of namedLines) countLine(line, tallies[DEFECT_ZONES.indexOf(line.zone)])
  const groups = classGroups(survey, lines, tallies)
  return {
    shape: [defects.shape[0], defects.shape[1]],
    clusters,
    lines: namedLines,
    blockRuns,
    groups,
    counts: {
      panel: tallies.reduce(addTallies, createTally(0)),
      zones: Object.fromEntries(DEFECT_ZONES.map((zone, k) => [zone, tallies[k]])) as Record<DefectZone, DefectTally>,
      groupsBySides: connectPixels(survey.pixels, defects.shape[1], false).count,
      groupsBySidesAndCorners: survey.measured.sizes.length,
      ...countRuns(runs)
    }
  }
}

function assertOptions({ shape }: DefectMap, outside: unknown, midline: unknown): void {
  if (outside !== 'bad' && outside !== 'good') {
    throw new OptionError({ subject: 'option "outside"', expected: "'bad' or 'good'", received: String(outside) })
  }
  if (midline === null) return
  if (!Number.isInteger(midline) || (midline as number) < 1 || (midline as number) >= shape[0]) {
    throw new OptionError({ subject: 'option "midline"', expected: `a row from 1 to ${shape[0] - 1}, or null`, received: String(midline) })
  }
}

/** Every bad pixel, with its group, its zone, and whether it is a kernel pixel by either rule. */
interface Survey {
  readonly defects: DefectMap
  readonly shape: Shape
  readonly pixels: Uint32Array
  readonly bits: Uint8Array
  readonly kernelOutsideBad: Uint8Array
  readonly kernelOutsideGood: Uint8Array
  readonly zones: ReturnType<typeof zonePlaces>
  readonly zoneOf: Uint8Array
  /** Groups connected by sides and corners. */
  readonly groups: Int32Array
  readonly measured: MeasuredGroups
}

function surveyPixels(defects: DefectMap, options: DefectZoneOptions): Survey {
  const { pixels, bits, outside } = goodNeighbourBits(defects)
  const { shape } = defects
  const zones = zonePlaces(shape, options)
  const connected = connectPixels(pixels, shape[1], true)
  const kernelOutsideBad = new Uint8Array(pixels.length)
  const kernelOutsideGood = new Uint8Array(pixels.length)
  const zoneOf = new Uint8Array(pixels.length)
  for (let k = 0; k < pixels.length; k++) {
    const good = BITS_IN[bits[k]]
    if (good < KERNEL_NEIGHBOURS) kernelOutsideBad[k] = 1
    if (good + outside[k] < KERNEL_NEIGHBOURS) kernelOutsideGood[k] = 1
    const row = Math.floor(pixels[k] / shape[1])
    zoneOf[k] = zoneAt(zones, shape, row, pixels[k] - row * shape[1])
  }
  const measured = measureGroups(pixels, connected, shape[1])
  return { defects, shape, pixels, bits, kernelOutsideBad, kernelOutsideGood, zones, zoneOf, groups: connected.groups, measured }
}

/** Pixels per zone that no X-rays reach: they are no part of it. */
function countUnexposed({ defects: { data }, shape, zones }: Survey): number[] {
  const counts = DEFECT_ZONES.map(() => 0)
  for (let i = 0; i < data.length; i++) {
    if ((data[i] & DEFECT_FLAGS.unexposed) === 0) continue
    const row = Math.floor(i / shape[1])
    counts[zoneAt(zones, shape, row, i - row * shape[1])]++
  }
  return counts
}

type Changeable<T> = { -readonly [K in keyof T]: T[K] extends object ? Changeable<T[K]> : T[K] }

function createTally(pixels: number): Changeable<DefectTally> {
  return {
    pixels,
    badPixels: 0,
    classes: Object.fromEntries(Object.keys(DEFECT_FLAGS).map((name) => [name, 0])) as Record<DefectClass, number>,
    sizes: { one: 0, two: 0, three: 0, more: 0 },
    isolatedPixels: 0,
    kernelPixels: 0,
    kernelPixelsOutsideGood: 0,
    kernelPixelsOutsideBad: 0,
    clusters: { cluster: 0, relevant: 0, line: 0 },
    segments: 0,
    lines: 0,
    groups: { small: 0, medium: 0, large: 0, mega: 0, beyond: 0 }
  }
}

type Counts = Record<string, number | Record<string, number>>

/** Sum of two tallies, which have the same fields. */
function addTallies<T extends DefectTally>(sum: T, tally: DefectTally): T {
  return addCounts(sum as unknown as Counts, tally as unknown as Counts) as unknown as T
}

function addCounts(a: Counts, b: Counts): Counts {
  const add = (x: Counts[string], y: Counts[string]): Counts[string] =>
    typeof x === 'number' ? x + (y as number) : (addCounts(x, y as Counts) as Record<string, number>)
  return Object.fromEntries(Object.keys(a).map((key) => [key, add(a[key], b[key])]))
}

function countPixels(survey: Survey, outside: 'bad' | 'good', tallies: Changeable<DefectTally>[]): void {
  const { defects, pixels, bits, kernelOutsideBad, kernelOutsideGood, zoneOf } = survey
  const perBit = tallies.map(() => new Float64Array(32))
  for (let k = 0; k < pixels.length; k++) {
    const tally = tallies[zoneOf[k]]
    tally.badPixels++
    if (bits[k] === 255) tally.isolatedPixels++
    tally.kernelPixelsOutsideBad += kernelOutsideBad[k]
    tally.kernelPixelsOutsideGood += kernelOutsideGood[k]
    for (let rest = defects.data[pixels[k]]; rest !== 0; rest &= rest - 1) perBit[zoneOf[k]][31 - Math.clz32(rest & -rest)]++
  }
  for (const [zone, tally] of tallies.entries()) {
    tally.kernelPixels = outside === 'bad' ? tally.kernelPixelsOutsideBad : tally.kernelPixelsOutsideGood
    for (const [name, flag] of Object.entries(DEFECT_FLAGS)) tally.classes[name as DefectClass] = perBit[zone][31 - Math.clz32(flag)]
  }
}

function nameClusters(
  survey: Survey,
  lines: readonly RunGroup[],
  outside: 'bad' | 'good',
  tallies: Changeable<DefectTally>[]
): NamedCluster[] {
  const { defects, pixels, groups, measured, zoneOf, kernelOutsideBad, kernelOutsideGood } = survey
  const count = measured.sizes.length
  const kernelsBad = new Int32Array(count)
  const kernelsGood = new Int32Array(count)
  const flags = new Uint32Array(count)
  const zones = new Uint8Array(count).fill(2)
  for (let k = 0; k < pixels.length; k++) {
    const group = groups[k]
    kernelsBad[group] += kernelOutsideBad[k]
    kernelsGood[group] += kernelOutsideGood[k]
    flags[group] |= defects.data[pixels[k]]
    if (zoneOf[k] < zones[group]) zones[group] = zoneOf[k]
  }
  const segments = countSegments(survey, lines)
  const clusters: NamedCluster[] = []
  for (let group = 0; group < count; group++) {
    const size = measured.sizes[group]
    const { sizes, clusters: kinds } = tallies[zones[group]]
    sizes[size === 1 ? 'one' : size === 2 ? 'two' : size === 3 ? 'three' : 'more']++
    if (size === 1) continue
    const kernelPixels = (outside === 'bad' ? kernelsBad : kernelsGood)[group]
    const kind = kernelPixels > 0 ? 'relevant' : segments[group] > 0 ? 'line' : 'cluster'
    kinds[kind]++
    const region = regionOfGroup(measured, group)
    clusters.push({
      name: clusterName(region, kind === 'line' ? 'line' : 'cluster', size, kernelPixels),
      kind,
      region,
      first: measured.firsts[group],
      pixels: size,
      kernelPixels,
      kernelPixelsOutsideGood: kernelsGood[group],
      segments: segments[group],
      zone: DEFECT_ZONES[zones[group]],
      flags: flags[group]
    })
  }
  return clusters
}

/** Line segments per group. */
function countSegments({ shape, pixels, groups, measured }: Survey, lines: readonly RunGroup[]): Int32Array {
  const segments = new Int32Array(measured.sizes.length)
  for (const { segment, region } of lines) {
    if (segment) segments[groups[placeOf(pixels, region.row * shape[1] + region.col)]]++
  }
  return segments
}

/** Place of a listed pixel, by bisection. */
function placeOf(pixels: Uint32Array, pixel: number): number {
  let low = 0
  for (let high = pixels.length - 1; low < high;) {
    const middle = (low + high) >>> 1
    if (pixels[middle] < pixel) low = middle + 1
    else high = middle
  }
  return low
}

/** The listed pixels of a run, by place. */
function placesOf({ shape, pixels }: Survey, run: LineRun): number[] {
  const first = run.row * shape[1] + run.col
  const step = run.orientation === 'column' ? shape[1] : 1
  return Array.from({ length: run.length }, (_, k) => placeOf(pixels, first + k * step))
}

function nameLine(survey: Survey, line: RunGroup, outside: 'bad' | 'good'): NamedLine {
  let kernelsBad = 0
  let kernelsGood = 0
  let zone = 2
  for (const run of line.runs) {
    for (const place of placesOf(survey, run)) {
      kernelsBad += survey.kernelOutsideBad[place]
      kernelsGood += survey.kernelOutsideGood[place]
      zone = Math.min(zone, survey.zoneOf[place])
    }
  }
  const kernelPixels = outside === 'bad' ? kernelsBad : kernelsGood
  return {
    name: clusterName(line.region, 'line', line.pixels, kernelPixels),
    ...line,
    kernelPixels,
    kernelPixelsOutsideGood: kernelsGood,
    zone: DEFECT_ZONES[zone]
  }
}

function countLine({ runs, segment }: NamedLine, tally: Changeable<DefectTally>): void {
  tally.lines += runs.length
  if (segment) tally.segments++
}

/** Groups of the pixels that belong to no line, by sides only. */
function classGroups(survey: Survey, lines: readonly RunGroup[], tallies: Changeable<DefectTally>[]): ClassedGroup[] {
  const { pixels, shape } = survey
  const inLine = new Uint8Array(pixels.length)
  for (const { runs } of lines) for (const run of runs) for (const place of placesOf(survey, run)) inLine[place] = 1
  const rest = pixels.filter((_, k) => inLine[k] === 0)
  const restZones = survey.zoneOf.filter((_, k) => inLine[k] === 0)
  const classified = classifyGroups(rest, shape[1])
  const zones = new Uint8Array(classified.count).fill(2)
  for (let k = 0; k < rest.length; k++) zones[classified.groups[k]] = Math.min(zones[classified.groups[k]], restZones[k])
  return listGroups(classified, zones, tallies)
}

function listGroups(classified: ClassifiedGroups, zones: Uint8Array, tallies: Changeable<DefectTally>[]): ClassedGroup[] {
  const groups: ClassedGroup[] = []
  for (let group = 0; group < classified.count; group++) {
    const name: GroupClass = GROUP_CLASSES[classified.classes[group]]
    tallies[zones[group]].groups[name]++
    if (name === 'small') continue
    groups.push({
      class: name,
      region: regionOfGroup(classified, group),
      first: classified.firsts[group],
      pixels: classified.sizes[group],
      core: classified.cores[group],
      zone: DEFECT_ZONES[zones[group]]
    })
  }
  return groups
}

function countRuns(runs: readonly LineRun[]): { rowRuns: number; rowRunPixels: number; columnRuns: number; columnRunPixels: number } {
  const counts = { rowRuns: 0, rowRunPixels: 0, columnRuns: 0, columnRunPixels: 0 }
  for (const { orientation, length } of runs) {
    counts[`${orientation}Runs`]++
    counts[`${orientation}RunPixels`] += length
  }
  return counts
}
