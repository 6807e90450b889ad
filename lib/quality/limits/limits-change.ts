import type { Limit } from './limits.js'

/** True when a limit is on the change from a baseline, alone or beside others. */
export function limitsChange({ maxChange, maxChangePercent }: Limit): boolean {
  return maxChange !== undefined || maxChangePercent !== undefined
}
