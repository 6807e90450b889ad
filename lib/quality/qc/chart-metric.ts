import { controlChart } from './control-chart.js'
import { METRICS } from '../limits/metrics.js'
import type { MetricName } from '../limits/metrics.js'
import type { Unknowns } from '../figure.js'
import type { ControlChart, ControlPoint } from './control-chart.js'
import type { QcRecord } from './create-qc-record.js'

/** Which charts are beyond their limit. */
export type ChartAlarm = 'EWMA' | 'CUSUM' | 'EWMA and CUSUM'

/** One run on the chart of a metric. */
export interface MetricPoint {
  readonly time: string
  readonly value: number | null
  /** The value is one of the baseline. */
  readonly baseline: boolean
  /** In the unit of the metric; null for the baseline and for a missing value. */
  readonly ewma: number | null
  /** In standard deviations of the baseline. */
  readonly cusumHigh: number | null
  readonly cusumLow: number | null
  readonly alarm: ChartAlarm | null
}

/** The control chart of one metric. */
export interface MetricChart {
  readonly metric: MetricName
  readonly unit: string
  /** Of the baseline. */
  readonly mean: number | null
  readonly sd: number | null
  readonly ewmaLower: number | null
  readonly ewmaUpper: number | null
  readonly baselineCount: number
  readonly judgedCount: number
  /** Runs without the figure. */
  readonly missingCount: number
  /** No alarm at any run judged; null: none was judged. */
  readonly inControl: boolean | null
  /** At the last run judged; null: none. */
  readonly alarm: ChartAlarm | null
  /** All runs, oldest first. */
  readonly points: readonly MetricPoint[]
  readonly unknown: Unknowns
}

export interface ChartMetricOptions {
  /** How many of the first runs make the baseline; at least 20. @default 20 */
  readonly baseline?: number
}

/**
 * Chart one figure over the runs of a panel: EWMA and CUSUM of {@link controlChart} at its defaults. Runs without the figure are
 * passed over and counted; the state of the chart carries on over them.
 * @param runs records of one panel, oldest first
 * @throws {OptionError} ERR_OPTION for a baseline below 20
 */
export function chartMetric(runs: readonly QcRecord[], metric: MetricName, { baseline }: ChartMetricOptions = {}): MetricChart {
  const values = runs.map(({ figures }) => figures.find(({ name }) => name === metric)?.value ?? null)
  const chart = controlChart(values, { baseline })
  const points = chart.points.map((point) => describePoint(point, runs[point.index].time))
  const judged = chart.points.filter(({ ewma }) => ewma !== null)
  const last = judged.at(-1)
  const { mean, sd, baselineCount, judgedCount, inControl } = chart
  return {
    metric,
    unit: METRICS[metric].unit,
    mean,
    sd,
    ewmaLower: last?.ewmaLower ?? null,
    ewmaUpper: last?.ewmaUpper ?? null,
    baselineCount,
    judgedCount,
    missingCount: values.filter((value) => value === null).length,
    inControl,
    alarm: last ? points[last.index].alarm : null,
    points,
    unknown: unknownsOf(chart)
  }
}

function describePoint({ value, baseline, ewma, cusumHigh, cusumLow, ewmaAlarm, cusumAlarm }: ControlPoint, time: string): MetricPoint {
  const alarm = ewmaAlarm && cusumAlarm ? 'EWMA and CUSUM' : ewmaAlarm ? 'EWMA' : cusumAlarm ? 'CUSUM' : null
  return { time, value, baseline: baseline && value !== null, ewma, cusumHigh, cusumLow, alarm }
}

function unknownsOf({ unknown, inControl }: ControlChart): Unknowns {
  return inControl === null ? { ...unknown, ewmaLower: unknown.inControl, ewmaUpper: unknown.inControl } : unknown
}
