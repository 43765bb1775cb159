// A run of which it is known which inputs matter, trained, and followed through its network.

import assert from 'node:assert/strict'
import type { Engine } from '@unroll/bptt'
import { modelDecoding, type TracedSequence } from '@unroll/contract'
import { openFeed, takeSample } from '@unroll/tasks'
import { TrainedModel, type RunState } from '@unroll/trainer'
import { runJob, specOf } from './run.ts'

/** Adding: the answer is the sum of the two numbers that are marked, and all others say nothing. */
const ADDING = {
  model: { cell: 'lstm', hidden_size: 24 },
  data: { task: 'adding' },
  sequence_length: 12,
  optimizer: { type: 'adam', learning_rate: 0.01 },
  training: { batch_size: 32, max_steps: 1000, evaluate_every: 0 },
}

/** The steps that are marked. */
export function findMarked({ inputs }: TracedSequence): number[] {
  return inputs.flatMap((x, t) => (Number(x[1]) > 0 ? [t] : []))
}

/** Trains a network to add, and follows sequences that it has not seen, back from their answers. */
export async function followAdding(engine: Engine, count: number): Promise<TracedSequence[]> {
  const spec = specOf(ADDING)
  const feed = await openFeed(spec)
  let saved: RunState | undefined
  const { outcome } = await runJob(engine, ADDING, {
    onCheckpoint: async (_occasion, _step, take) => {
      saved = await take()
    },
  })
  assert.equal(outcome.type, 'succeeded')
  const decoding = modelDecoding(spec, undefined)
  assert.ok(saved && decoding, 'the run was saved at its end')
  const model = await TrainedModel.open(engine, { spec, decoding, tensors: saved.training.tensors })
  const traces: TracedSequence[] = []
  for (let place = 0; place < count; place++) {
    const sample = takeSample(feed, place)
    assert.ok(typeof sample === 'object', `only ${JSON.stringify(sample)} sequences`)
    traces.push(await model.traceRow(sample.row, undefined))
  }
  model.dispose()
  return traces
}

/** Whether the largest saliencies are at the steps that matter. */
export function isAtMarked({ saliency }: TracedSequence, marked: readonly number[]): boolean {
  const sizes = saliency.map(Number)
  const least = Math.min(...marked.map((t) => sizes[t]!))
  return sizes.every((size, t) => marked.includes(t) || size < least)
}
