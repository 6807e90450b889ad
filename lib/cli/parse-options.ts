import { InvalidArgumentError } from 'commander'
import type { FrameMode } from '../frame/frame-info.js'
import type { Region } from '../frame/region.js'

const MODE_KEYS = {
  binning: 'binning',
  'gain-range': 'gainRange',
  'integration-time': 'integrationTime',
  'frame-rate': 'frameRate',
  'readout-region': 'readoutRegion'
} as const
const NUMERIC_MODE_KEYS = new Set(['integration-time', 'frame-rate'])
const MEMORY_UNITS: Record<string, number> = { '': 1, K: 2 ** 10, M: 2 ** 20, G: 2 ** 30 }

/** A number in a range, for an option's argument. */
export function parseNumber(name: string, { min = -Infinity, max = Infinity, integer = false } = {}): (text: string) => number {
  return (text) => {
    const value = text.trim() === '' ? NaN : Number(text)
    if (!Number.isFinite(value) || value < min || value > max || (integer && !Number.isInteger(value))) {
      const kind = integer ? 'a whole number' : 'a number'
      const range = Number.isFinite(max) ? ` from ${min} to ${max}` : Number.isFinite(min) ? ` of at least ${min}` : ''
      throw new InvalidArgumentError(`${name} takes ${kind}${range}.`)
    }
    return value
  }
}

/** `binning=1x1,gain-range=high`: what the files do not say of the mode. Occurrences add up. */
export function parseMode(text: string, previous: FrameMode = {}): FrameMode {
  const mode: Record<string, string | number> = { ...previous }
  for (const part of text.split(/,(?=[a-z-]+=)/)) {
    const at = part.indexOf('=')
    const key = part.slice(0, at) as keyof typeof MODE_KEYS
    const value = part.slice(at + 1).trim()
    if (at < 1 || value === '' || !Object.hasOwn(MODE_KEYS, key)) {
      throw new InvalidArgumentError(`--mode takes key=value with a key of ${Object.keys(MODE_KEYS).join(', ')}.`)
    }
    mode[MODE_KEYS[key]] = NUMERIC_MODE_KEYS.has(key) ? parseNumber(`--mode ${key}`, { min: 0 })(value) : value
  }
  return mode
}

/** `512M`, `1GiB`, `2000000000`: a number of bytes. */
export function parseMemory(text: string): number {
  const match = /^(\d+(?:\.\d+)?)\s*([KMG]?)(?:i?B)?$/i.exec(text.trim())
  const bytes = match ? Math.floor(Number(match[1]) * MEMORY_UNITS[match[2].toUpperCase()]) : NaN
  if (!(bytes >= 2 ** 20)) throw new InvalidArgumentError('--memory takes a size of at least 1M, such as 512M or 2G.')
  return bytes
}

/**
 * `100:612,200:712`: rows and columns of a rectangle from 0, the second number of each behind the last one; for an option's argument.
 * `100,200,512,512` is taken as well: first row, first column, number of rows, of columns.
 */
export function parseRegion(name: string): (text: string) => Region {
  return (text) => {
    const plain = text.replaceAll(' ', '')
    const ends = /^(\d{1,9}):(\d{1,9}),(\d{1,9}):(\d{1,9})$/.exec(plain)
    const sides = /^(\d{1,9}),(\d{1,9}),(\d{1,9}),(\d{1,9})$/.exec(plain)
    const [a, b, c, d] = (ends ?? sides ?? []).slice(1).map(Number)
    const region = ends ? { row: a, col: c, rows: b - a, cols: d - c } : { row: a, col: b, rows: c, cols: d }
    if (region.rows >= 1 && region.cols >= 1) return region
    throw new InvalidArgumentError(
      `${name} takes row0:row1,col0:col1 in whole pixels, such as 100:612,200:712 for 512 rows and 512 columns.`
    )
  }
}

/** `0:16`: rows or columns from the first number to before the second, for an option's argument. */
export function parseRange(name: string): (text: string) => [from: number, to: number] {
  return (text) => {
    const [from, to] = (/^(\d{1,9}):(\d{1,9})$/.exec(text.replaceAll(' ', '')) ?? []).slice(1).map(Number)
    if (to > from) return [from, to]
    throw new InvalidArgumentError(`${name} takes from:to in whole pixels, such as 0:16 for the first 16.`)
  }
}

/** Gathers what the occurrences of an option say. */
export function repeated<T>(parse: (text: string) => T): (text: string, before?: T[]) => T[] {
  return (text, before = []) => [...before, parse(text)]
}

/** `4,8,16`: numbers in a range, for an option's argument. */
export function parseNumbers(name: string, range: { min?: number; max?: number; integer?: boolean } = {}): (text: string) => number[] {
  const parse = parseNumber(name, range)
  return (text) => text.split(',').map(parse)
}

/** `2026-03-01`, `2026-03-01T08:00Z`: a moment, for an option's argument; a date alone begins at midnight UTC. */
export function parseDate(name: string): (text: string) => Date {
  return (text) => {
    const date = /^\d{4}-\d{2}-\d{2}/.test(text.trim()) ? new Date(text.trim()) : new Date(NaN)
    if (Number.isNaN(date.getTime())) throw new InvalidArgumentError(`${name} takes a date such as 2026-03-01 or 2026-03-01T08:00Z.`)
    return date
  }
}
