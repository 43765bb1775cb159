import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Session } from '@unroll/bptt'
import { parseJobSpec, type JobSpec } from '@unroll/contract'
import type { EvaluationBatch, Feed } from '@unroll/tasks'
import { measureBias } from './truncation_bias.ts'

function specOf(bptt: object): JobSpec {
  const parsed = parseJobSpec({ model: { cell: 'rnn' }, data: { task: 'copy' }, sequence_length: 30, bptt })
  assert.ok(parsed.ok)
  return parsed.value
}

function batchOf(steps: number): EvaluationBatch {
  return { from: 'initial', batch: { steps, inputs: new Float32Array(steps), targets: new Float32Array(steps) } }
}

/** What a session is asked for when the bias is measured on batches of so many steps. */
async function measured(spec: JobSpec, steps: readonly number[]) {
  const asked: object[] = []
  const session: Pick<Session, 'truncationBias'> = {
    truncationBias: (batch, truncation) => {
      asked.push({ steps: batch.steps, ...truncation })
      return Promise.resolve({ relative: 0.2, cosine: 0.9 })
    },
  }
  const feed = { evaluationBatches: steps.map(batchOf) } as unknown as Feed
  return { series: await measureBias(session as Session, spec, feed), asked }
}

test('measureBias() holds the truncation of the job against the full gradient, on the first held-out batch', async () => {
  const { series, asked } = await measured(specOf({ mode: 'truncated', k1: 5, k2: 10 }), [30, 31])
  assert.deepEqual(series, { truncation_bias: 0.2, truncation_cosine: 0.9 })
  assert.deepEqual(asked, [{ steps: 30, k1: 5, k2: 10 }])
})

test('measureBias() measures nothing where no data are held out', async () => {
  assert.deepEqual(await measured(specOf({ mode: 'truncated', k1: 5, k2: 10 }), []), { series: {}, asked: [] })
})
