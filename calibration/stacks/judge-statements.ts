import { ModeError, StackError } from '../../lib/errors.js'
import type { FrameMode } from '../../lib/frame/frame-info.js'
import { frameLabel } from './frame-label.js'
import type { FrameFacts, OpenStack } from './open-stack.js'

/**
 * Judge what the frames of a stack state of themselves: one mode, one panel, raw.
 * @param allowCorrected frames that were corrected already are a warning instead of an error
 * @returns the mode, of which each frame may state a part, and warnings
 * @throws {ModeError} ERR_MODE when two frames state different modes
 * @throws {StackError} ERR_STACK for frames of several panels, and for corrected ones
 */
export function judgeStatements(stack: OpenStack, allowCorrected: boolean): { mode: FrameMode; warnings: string[] } {
  const mode = assertOneMode(stack)
  assertOnePanel(stack)
  return { mode, warnings: judgeCorrected(stack, allowCorrected) }
}

function assertOneMode({ subject, frames }: OpenStack): FrameMode {
  const mode: Record<string, unknown> = {}
  const saidBy: Record<string, FrameFacts> = {}
  for (const frame of frames) {
    for (const [key, value] of Object.entries(frame.info.mode ?? {})) {
      if (value === undefined) continue
      if (mode[key] !== undefined && mode[key] !== value) {
        throw new ModeError({
          subject: `${subject}, frame ${frameLabel(frame)}`,
          expected: `${key} ${mode[key]} as frame ${frameLabel(saidBy[key])}`,
          received: `${key} ${value}`
        })
      }
      mode[key] = value
      saidBy[key] = frame
    }
  }
  return mode
}

function assertOnePanel({ subject, frames }: OpenStack): void {
  const named = frames.filter(({ info }) => info.serialNumber !== undefined)
  const other = named.find(({ info }) => info.serialNumber !== named[0].info.serialNumber)
  if (!other) return
  throw new StackError({
    subject,
    expected: `frames of one panel, serial number ${named[0].info.serialNumber}`,
    received: `serial number ${other.info.serialNumber} in frame ${frameLabel(other)}`,
    frames: [other.index]
  })
}

function judgeCorrected({ subject, frames }: OpenStack, allowed: boolean): string[] {
  const corrected = frames.filter(({ info }) => info.corrections !== undefined && info.corrections.length > 0)
  if (corrected.length === 0) return []
  const done = [...new Set(corrected.flatMap(({ info }) => info.corrections!))].join(', ')
  if (allowed)
    return [`${subject}: ${corrected.length} of ${frames.length} frames state that they were corrected already (${done}); taken as allowed`]
  throw new StackError({
    subject,
    expected: 'raw frames',
    received: `frame ${frameLabel(corrected[0])} with corrections applied: ${done}`,
    frames: corrected.map(({ index }) => index)
  })
}
