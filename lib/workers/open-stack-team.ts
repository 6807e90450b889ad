import type { StackTeam } from '../../calibration/stacks/stack-team.js'
import type { KernelSpace } from '../kernels/simd/open-kernels.js'
import { WorkerTeam } from './worker-team.js'

/** Threads for the stacks of a calibration, to be closed when it is done. */
export interface OpenedStackTeam extends StackTeam {
  close(): Promise<void>
}

/**
 * Start threads on the memory in which frames stand.
 * @param threads 1 to 64
 * @throws {IoError} ERR_IO when the system refuses a thread
 */
export function openStackTeam(space: KernelSpace, threads: number): OpenedStackTeam {
  const team = new WorkerTeam(threads, space)
  return {
    threads,
    combine: async (args) => (await team.call('combineU16', args)) as number,
    hash: async (...args) => (await team.call('hash', args)) as string,
    close: () => team.close()
  }
}
