import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Batch, Evaluation, Session, Window } from '@unroll/bptt'
import type { EvaluationBatch, Feed } from '@unroll/tasks'
import { evaluate } from './evaluate.ts'

function batchOf(steps: number, from: Window['from']): EvaluationBatch {
  return { from, batch: { steps, inputs: new Float32Array(steps), targets: new Float32Array(steps) } }
}

/** A session that answers evaluations one after another, and what it was asked. */
function sessionOf(answers: readonly Evaluation[]) {
  const asked: { steps: number; from: Window['from'] | undefined }[] = []
  const session: Pick<Session, 'evaluate'> = {
    evaluate: ({ steps }: Batch, window) => {
      asked.push({ steps, from: window?.from })
      return Promise.resolve(answers[asked.length - 1]!)
    },
  }
  return { session: session as Session, asked }
}

function feedOf(evaluationBatches: readonly EvaluationBatch[]): Feed {
  const problem = { readout: { kind: 'identity', size: 1 } }
  return { problem, evaluationBatches } as unknown as Feed
}

test('evaluate() gives the mean over all targets, each batch from the state it asks for', async () => {
  const { session, asked } = sessionOf([
    { loss: 1, accuracy: 0.5 },
    { loss: 3, accuracy: 1 },
  ])
  const evaluated = await evaluate(session, feedOf([batchOf(4, 'initial'), batchOf(12, 'carried')]), 'validation')
  assert.deepEqual(evaluated, { targets: 16, scores: { loss: 2.5, accuracy: 0.875 } })
  assert.deepEqual(asked, [
    { steps: 4, from: 'initial' },
    { steps: 12, from: 'carried' },
  ])
})

test('evaluate() has no accuracy where the read-out has none', async () => {
  const { session } = sessionOf([{ loss: 1 }])
  const evaluated = await evaluate(session, feedOf([batchOf(4, 'initial')]), 'validation')
  assert.deepEqual(evaluated, { targets: 4, scores: { loss: 1 } })
})

test('evaluate() passes NaN on', async () => {
  const { session } = sessionOf([{ loss: NaN }, { loss: 1 }])
  const evaluated = await evaluate(session, feedOf([batchOf(4, 'initial'), batchOf(4, 'initial')]), 'validation')
  assert.ok(Number.isNaN(evaluated?.scores['loss']))
})

test('evaluate() moves the state on through a batch without targets, and counts nothing of it', async () => {
  const { session, asked } = sessionOf([{ loss: 0 }, { loss: 3 }])
  const context = batchOf(4, 'initial')
  context.batch.targets.fill(NaN)
  const evaluated = await evaluate(session, feedOf([context, batchOf(2, 'carried')]), 'validation')
  assert.deepEqual(evaluated, { targets: 2, scores: { loss: 3 } })
  assert.equal(asked.length, 2)
})

test('evaluate() asks nothing where no data are held out', async () => {
  const { session, asked } = sessionOf([])
  assert.equal(await evaluate(session, feedOf([]), 'validation'), undefined)
  assert.deepEqual(asked, [])
})
