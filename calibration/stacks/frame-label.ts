import type { FrameFacts } from './open-stack.js'

/** How a message calls a frame: its index and, where it has one, its name. */
export function frameLabel({ index, info }: Pick<FrameFacts, 'index' | 'info'>): string {
  return info.name === undefined ? String(index) : `${index} (${info.name})`
}
