import { on } from 'node:events'
import { Worker } from 'node:worker_threads'
import { UnrollError } from '@unroll/contract'
import type { Ingested } from './ingest.ts'
import type { FromThread, ThreadError, ToThread } from './ingest_thread.ts'
import type { IngestOptions } from './options.ts'

/** Memory of the values that are under way: a thread that needs more ends, and the process goes on. */
const MOST_HEAP_MB = 512
/** What is handed on at once: whoever takes it may hash it, which no other request is to wait for. */
const SLICE_BYTES = 2 ** 19

/**
 * `ingest` in a thread of its own, so that the event loop of the caller is free meanwhile.
 *
 * @throws {UnrollError} as `ingest` does, and DATASET_INVALID where a sequence does not fit into the memory of the thread
 */
export async function* ingestApart(
  source: AsyncIterable<Uint8Array>,
  options: IngestOptions,
): AsyncGenerator<Uint8Array, Ingested> {
  const chunks = source[Symbol.asyncIterator]()
  const thread = new Worker(new URL('./ingest_thread.js', import.meta.url), {
    workerData: options,
    resourceLimits: { maxOldGenerationSizeMb: MOST_HEAP_MB },
  })
  const post = (message: ToThread, moved: ArrayBuffer[] = []) => thread.postMessage(message, moved)
  try {
    for await (const [message] of on(thread, 'message', { close: ['exit'] }) as AsyncIterable<[FromThread]>) {
      if (message.type === 'more') {
        const { value, done } = await chunks.next()
        const copy = done === true ? undefined : new Uint8Array(value) // others may have the rest of its buffer
        post({ type: 'chunk', bytes: copy }, copy === undefined ? [] : [copy.buffer])
      } else if (message.type === 'bytes') {
        yield* slicesOf(message.bytes)
        post({ type: 'taken' })
      } else if (message.type === 'done') return message.ingested
      else throw revived(message.error)
    }
    throw new Error('Cannot read the data set as its thread ended')
  } catch (error) {
    throw isOutOfMemory(error) ? tooLargeToRead(error) : error
  } finally {
    await thread.terminate()
    await chunks.return?.()
  }
}

function* slicesOf(bytes: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += SLICE_BYTES) yield bytes.subarray(at, at + SLICE_BYTES)
}

function revived({ code, message, stack, faults, faultCount }: ThreadError): Error {
  if (code !== undefined) return new UnrollError(code, message, { faults, faultCount })
  return Object.assign(new Error(message), { stack })
}

function isOutOfMemory(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY'
}

function tooLargeToRead(cause: unknown): UnrollError {
  const detail = `Must be read in ${MOST_HEAP_MB} MiB of memory: a sequence, or all different texts of a field, need more`
  return new UnrollError('DATASET_INVALID', 'Cannot store the data set as a sequence of it is too large', {
    faults: [{ pointer: '', detail }],
    cause,
  })
}
