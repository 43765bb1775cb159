import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { UnrollError } from '@unroll/contract'
import type { NetworkFormat } from './export_model.ts'
import type { Commission, Made } from './export_thread.ts'
import type { Opening } from './model.ts'

/** The thread, kept for the next export: it takes longer to load than most exports do. */
let thread: Worker | undefined
/** The export before. Each needs a few times the memory of its checkpoint, so that there is one at a time. */
let before: Promise<unknown> = Promise.resolve()

/**
 * The network of a checkpoint as a file, with its proof inside. It is made in a thread of its own, so that the event loop of
 * the caller is free meanwhile.
 *
 * @param state the file of the checkpoint's state, whose memory goes to the thread
 * @throws {UnrollError} FORMAT_UNSUITABLE, CHECKPOINT_DAMAGED, CHECKPOINT_UNSUITABLE
 */
export async function exportApart(
  state: Uint8Array<ArrayBuffer>,
  opening: Opening,
  format: NetworkFormat,
): Promise<Uint8Array<ArrayBuffer>> {
  const made = before.then(() => commission({ state, opening, format }))
  before = made.catch(() => {})
  return await made
}

async function commission(wanted: Commission): Promise<Uint8Array<ArrayBuffer>> {
  const worker = (thread ??= startThread())
  const ended = new AbortController()
  const end = () => ended.abort(new Error('Cannot export the checkpoint as its thread ended'))
  worker.once('exit', end).ref()
  try {
    worker.postMessage(wanted, [wanted.state.buffer as ArrayBuffer])
    const [made] = (await once(worker, 'message', { signal: ended.signal })) as [Made] // or its error
    if (made.type === 'made') return made.file
    if (made.code !== undefined) throw new UnrollError(made.code, made.message)
    throw Object.assign(new Error(made.message), { stack: made.stack })
  } catch (error) {
    throw ended.signal.aborted ? ended.signal.reason : error
  } finally {
    worker.off('exit', end).unref()
  }
}

function startThread(): Worker {
  const started = new Worker(new URL('./export_thread.js', import.meta.url))
  started.on('error', () => {}) // who waits for it is told
  return started.once('exit', () => {
    if (thread === started) thread = undefined
  })
}
