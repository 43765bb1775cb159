// The child process of a slot: it alone loads an engine, so that an engine that blocks, aborts or leaks takes nothing
// else with it. One run, then it exits; a fresh process for each attempt costs about half a second and leaves no state.

import { ArtifactNotFoundError, openArtifacts } from '@unroll/artifacts'
import { selectEngine } from '@unroll/engines'
import type { Engine } from '@unroll/bptt'
import { usesDataset, type JobSpec } from '@unroll/spec'
import { openFeed, type Feed } from '@unroll/tasks'
import { train } from '@unroll/trainer'
import type { EngineChoice, FromChild, ToChild } from './protocol.ts'
import { RowBuffer } from './row_buffer.ts'

const stop = new AbortController()

process.on('SIGINT', () => {}) // Ctrl-C reaches the whole process group; the worker decides what its children do.
process.on('disconnect', orphaned)
process.on('message', (message) => void receive(message as ToChild))

async function receive(message: ToChild): Promise<void> {
  switch (message.type) {
    case 'describe':
      return finish(startEngine(message.engine))
    case 'train':
      return finish(run(message))
    case 'stop':
      return stop.abort()
    default:
      message satisfies never
  }
}

/** Sends how the work failed, if it did, and leaves. */
async function finish(work: Promise<unknown>): Promise<void> {
  await work.catch((error: unknown) => send(failure(error)))
  leave()
}

async function startEngine(choice: EngineChoice): Promise<Engine> {
  const { engine } = await selectEngine(choice)
  send({ type: 'ready', engine: engine.name, device: engine.backend, versions: engine.versions })
  return engine
}

async function run({ spec, engine: choice, artifacts }: Extract<ToChild, { type: 'train' }>): Promise<void> {
  const feed = await feedOf(spec, artifacts)
  const engine = await startEngine(choice)
  const buffer = new RowBuffer((rows) => send({ type: 'rows', rows }), now)
  const outcome = await train(engine, spec, feed, {
    signal: stop.signal,
    clock: now,
    onRow: (row) => buffer.add(row),
    onEvent: (code, data) => send({ type: 'event', code, data }),
  }).finally(() => buffer.flush()) // what was trained before a failure is not lost with it
  send({ type: 'ended', outcome })
}

function now(): number {
  return performance.now()
}

async function feedOf(spec: JobSpec, location: string): Promise<Feed> {
  if (!usesDataset(spec.data)) return openFeed(spec)
  const chunks: Uint8Array[] = []
  for await (const chunk of await openArtifacts(location).get(`datasets/${spec.data.dataset}`)) chunks.push(chunk)
  return openFeed(spec, Buffer.concat(chunks).toString('utf8'))
}

function failure(error: unknown): FromChild {
  const message = sentence(error)
  return error instanceof ArtifactNotFoundError
    ? { type: 'failed', reason: 'invalid_dataset', message, pointer: '/data/dataset' }
    : { type: 'failed', reason: 'engine_error', message, pointer: null }
}

/** An error and what it came of. */
function sentence(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.cause === undefined ? error.message : `${error.message}: ${sentence(error.cause)}`
}

function send(message: FromChild): void {
  process.send?.(message)
}

/** The worker is gone: nobody would take the rows. */
function orphaned(): void {
  process.exit(1)
}

/** Closes the channel once queued messages are out; with nothing left to wait for, the process ends. */
function leave(): void {
  process.off('disconnect', orphaned)
  process.disconnect?.()
}
