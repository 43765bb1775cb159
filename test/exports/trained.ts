import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import type { Engine } from '@unroll/bptt'
import type { Opening } from '@unroll/exports'
import { encodeSafetensors } from '@unroll/formats'
import { openFeed, type OpenedDataset } from '@unroll/tasks'
import { train, type RunState } from '@unroll/trainer'
import { specOf } from '../training/run.ts'

/** A checkpoint as the worker writes it. */
export interface Checkpointed extends Opening {
  state: Uint8Array<ArrayBuffer>
}

/** The checkpoint at the end of a job that is trained here. */
export async function trainCheckpoint(engine: Engine, body: object, dataset?: OpenedDataset): Promise<Checkpointed> {
  const spec = specOf(body)
  const feed = await openFeed(spec, dataset)
  let reached: RunState | undefined
  const outcome = await train(engine, spec, feed, {
    signal: new AbortController().signal,
    clock: () => performance.now(),
    onRow: () => {},
    onStep: () => {},
    onEvent: () => {},
    onCheckpoint: async (occasion, _, take) => {
      if (occasion === 'ended') reached = await take()
    },
  })
  assert.equal(outcome.type, 'succeeded', JSON.stringify(outcome))
  assert.ok(reached !== undefined)
  const state = encodeSafetensors(reached.training.tensors, feed.decoding ?? {})
  const sha256 = createHash('sha256').update(state).digest('hex')
  const origin = {
    job: 'job_0123456789abcdefghij',
    checkpoint: 'ckpt_0123456789abcdefghij',
    step: outcome.step,
    sha256,
  }
  return { spec, origin, state }
}
