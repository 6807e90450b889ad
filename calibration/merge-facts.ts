import { ModeError, StackError } from '../lib/errors.js'
import type { FrameInfo, FrameMode } from '../lib/frame/frame-info.js'
import type { OpenStack } from './stacks/open-stack.js'

/** What is known of panel and exposure beside the pixels; what nobody stated is null, or absent from the mode. */
export interface StatedFacts {
  readonly mode: FrameMode
  readonly serialNumber: string | null
  readonly kilovolts: number | null
  readonly filter: string | null
  readonly temperature: number | null
}

/** What the caller stated. */
export type StatedOptions = Pick<FrameInfo, 'mode' | 'serialNumber' | 'kilovolts' | 'filter' | 'temperature'>

/** The part of a stack that says something. */
export type InformedStack = Pick<OpenStack, 'subject' | 'role'> & { readonly frames: readonly { readonly info: FrameInfo }[] }

/**
 * Put together what the caller stated and what the frames say. Two different statements about mode or serial number are
 * refused; tube voltage and filter come from the flats alone.
 * @throws {ModeError} ERR_MODE
 * @throws {StackError} ERR_STACK for frames of different panels
 */
export function mergeFacts(stated: StatedOptions, stacks: readonly InformedStack[]): StatedFacts {
  const all = stacks.flatMap(({ subject, frames }) => frames.map(({ info }) => ({ subject, info })))
  const flats = stacks.filter(({ role }) => role === 'flat').flatMap(({ frames }) => frames.map(({ info }) => info))
  const mode: Record<string, unknown> = { ...withoutUndefined(stated.mode) }
  let serialNumber = stated.serialNumber
  for (const { subject, info } of all) {
    for (const [key, value] of Object.entries(withoutUndefined(info.mode))) {
      if (mode[key] !== undefined && mode[key] !== value) {
        throw new ModeError({ subject, expected: `${key} ${mode[key]} as stated or as the other stacks`, received: `${key} ${value}` })
      }
      mode[key] = value
    }
    if (info.serialNumber !== undefined && serialNumber !== undefined && serialNumber !== info.serialNumber) {
      throw new StackError({ subject, expected: `frames of panel ${serialNumber}`, received: `serial number ${info.serialNumber}` })
    }
    serialNumber ??= info.serialNumber
  }
  return {
    mode: mode,
    serialNumber: serialNumber ?? null,
    kilovolts: stated.kilovolts ?? firstOf(flats, 'kilovolts'),
    filter: stated.filter ?? firstOf(flats, 'filter'),
    temperature:
      stated.temperature ??
      firstOf(
        all.map(({ info }) => info),
        'temperature'
      )
  }
}

function withoutUndefined(mode: FrameMode | undefined): Record<string, unknown> {
  return Object.fromEntries(Object.entries(mode ?? {}).filter(([, value]) => value !== undefined))
}

function firstOf<K extends 'kilovolts' | 'filter' | 'temperature'>(infos: readonly FrameInfo[], key: K): NonNullable<FrameInfo[K]> | null {
  for (const info of infos) if (info[key] !== undefined) return info[key]
  return null
}
