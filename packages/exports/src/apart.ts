import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { UnrollError, type Initialisation, type Weights } from '@unroll/contract'
import type { NetworkFormat } from './export_model.ts'
import type { Commission, Done, Given, WorkName, Works } from './files_thread.ts'
import type { Opening } from './model.ts'
import type { Wanting } from './weights/load_weights.ts'

/** The thread, kept for the next file: it takes longer to load than most files do. */
let thread: Worker | undefined
/** The work before. Each needs a few times the memory of its file, so that there is one at a time. */
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
  return await performApart('export', state, [opening, format])
}

/** What is in a file of weights, whose memory goes to the thread. @throws {UnrollError} WEIGHTS_INVALID */
export async function describeWeightsApart(
  file: Uint8Array<ArrayBuffer>,
): Promise<Pick<Weights, 'format' | 'tensors'>> {
  return await performApart('describe', file, [])
}

/**
 * What a job takes of a file of weights, whose memory goes to the thread.
 *
 * @throws {UnrollError} WEIGHTS_INVALID, WEIGHTS_UNSUITABLE
 */
export async function checkWeightsApart(file: Uint8Array<ArrayBuffer>, wanting: Wanting): Promise<Initialisation> {
  return await performApart('check', file, [wanting])
}

async function performApart<Name extends WorkName>(
  name: Name,
  file: Uint8Array<ArrayBuffer>,
  given: Given<Name>,
): Promise<ReturnType<Works[Name]>> {
  const done = before.then(() => commission({ name, file, given }))
  before = done.catch(() => {})
  return await done
}

async function commission<Name extends WorkName>(wanted: Commission<Name>): Promise<ReturnType<Works[Name]>> {
  const worker = (thread ??= startThread())
  const ended = new AbortController()
  const end = () => ended.abort(new Error('Cannot go on with the file as its thread ended'))
  worker.once('exit', end).ref()
  try {
    worker.postMessage(wanted, [wanted.file.buffer as ArrayBuffer])
    const [done] = (await once(worker, 'message', { signal: ended.signal })) as [Done<Name>] // or its error
    if (done.type === 'done') return done.result
    const { code, message, stack, faults, faultCount } = done
    if (code !== undefined) throw new UnrollError(code, message, { faults, faultCount })
    throw Object.assign(new Error(message), { stack })
  } catch (error) {
    throw ended.signal.aborted ? ended.signal.reason : error
  } finally {
    worker.off('exit', end).unref()
  }
}

function startThread(): Worker {
  const started = new Worker(new URL('./files_thread.js', import.meta.url))
  started.on('error', () => {}) // who waits for it is told
  return started.once('exit', () => {
    if (thread === started) thread = undefined
  })
}
