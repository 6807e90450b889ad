import { parentPort } from 'node:worker_threads'
import type { TransferListItem } from 'node:worker_threads'
import { answerHdf5 } from './answer-hdf5.js'
import type { Hdf5Reply, Hdf5Request } from './hdf5-request.js'

/** Answer one request after the other; 'ready' first, and an end when asked for it. */
export async function hdf5Worker(port: NonNullable<typeof parentPort>): Promise<void> {
  const answer = await answerHdf5()
  port.on('message', (request: Hdf5Request | 'end') => {
    if (request === 'end') {
      port.close()
      return
    }
    const reply: Hdf5Reply = answer(request)
    const moved = reply.data ? [reply.data.buffer as TransferListItem] : []
    port.postMessage(reply, moved)
  })
  port.postMessage('ready')
}

if (parentPort) void hdf5Worker(parentPort)
