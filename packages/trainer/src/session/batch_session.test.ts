import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Batch, TrainingState } from '@unroll/bptt'
import { parseJobSpec, parseSessionSpec, type JobSpec, type SessionBatch, type SessionSpec } from '@unroll/contract'
import { selectEngine } from '@unroll/engines'
import { openFeed } from '@unroll/tasks'
import { train } from '../train.ts'
import { BatchSession, type GradientAnswer } from './batch_session.ts'

const T = 8
const N = 4
const STEPS = 5
const SECTIONS = {
  model: { cell: 'lstm', hidden_size: 5, dropout: 0 },
  sequence_length: T,
  optimizer: { type: 'adam', learning_rate: 0.01, schedule: { type: 'cosine' } },
}

function jobOf(data: object): JobSpec {
  const training = { batch_size: N, max_steps: STEPS, evaluate_every: 0, evaluation_batches: 1 }
  const parsed = parseJobSpec({ ...SECTIONS, data, training })
  assert.ok(parsed.ok)
  return parsed.value
}

const PROBLEMS = [
  {
    data: { task: 'adding' },
    problem: { inputs: 'vectors', input_size: 2, readout: 'identity', output_size: 1, mode: 'many_to_one' },
  },
  {
    data: { task: 'delayed_echo', lag: 3 },
    problem: { inputs: 'symbols', input_size: 2, readout: 'softmax', output_size: 2, mode: 'many_to_many' },
  },
  {
    data: { task: 'parity' },
    problem: { inputs: 'symbols', input_size: 2, readout: 'softmax', output_size: 2, mode: 'many_to_one' },
  },
] as const
const [, ECHO] = PROBLEMS

function specOf(problem: object): SessionSpec {
  const parsed = parseSessionSpec({ ...SECTIONS, problem, training: { batch_size: N, max_steps: STEPS } })
  assert.ok(parsed.ok)
  return parsed.value
}

function sent({ steps, inputs, targets, lengths }: Batch): SessionBatch {
  return { rows: N, steps, inputs, targets, lengths: lengths ?? new Int32Array(N).fill(steps) }
}

/** Rows [from, to) of a batch. */
function rowsOf({ steps, inputs, targets, lengths }: SessionBatch, from: number, to: number): SessionBatch {
  const take = <Numbers extends Float32Array | Int32Array>(all: Numbers, length: number): Numbers => {
    const width = all.length / (length * N)
    const keep = (_: number, i: number) => Math.floor(i / width) % N >= from && Math.floor(i / width) % N < to
    return all.filter(keep) as Numbers
  }
  const length = targets.length === N ? 1 : steps
  return {
    rows: to - from,
    steps,
    inputs: take(inputs, steps),
    targets: take(targets, length),
    lengths: lengths.slice(from, to),
  }
}

const LEARN = { state: 'initial', flow: true } as const

for (const { data, problem } of PROBLEMS)
  test(`BatchSession leaves the state of a job on task ${data.task} that has the same batches, also when it is opened again`, async () => {
    const { engine } = await selectEngine('wasm')
    const job = jobOf(data)
    const feed = await openFeed(job)
    let trained: TrainingState | undefined
    await train(engine, job, feed, {
      signal: new AbortController().signal,
      clock: () => 0,
      onRow: () => {},
      onStep: () => {},
      onEvent: () => {},
      onCheckpoint: async (_occasion, _step, take) => void (trained = (await take()).training),
    })
    let session = await BatchSession.open(engine, specOf(problem))
    for (let step = 1; step <= STEPS; step++) {
      await session.forwardBackward({ batch: sent(feed.window(step).batch), ...LEARN })
      assert.equal((await session.optimStep({}))?.step, step)
      if (step !== 2) continue
      const saved = await session.state()
      session.dispose()
      session = await BatchSession.open(engine, specOf(problem), saved)
    }
    const { training } = await session.state()
    const names = Object.keys(trained!.tensors).filter((name) => !name.startsWith('carried.'))
    assert.ok(names.length > 10)
    for (const name of names) assert.deepEqual(training.tensors[name]?.data, trained!.tensors[name]?.data, name)
    assert.equal(training.updates, trained!.updates)
    session.dispose()
    engine.dispose()
  })

for (const { data, problem } of PROBLEMS)
  test(`two halves of a batch of task ${data.task} give the gradient of the whole to 1e-6`, async () => {
    const { engine } = await selectEngine('wasm')
    const feed = await openFeed(jobOf(data))
    const batch = sent(feed.window(1).batch)
    const weights = async (parts: readonly SessionBatch[]): Promise<[GradientAnswer, TrainingState]> => {
      const session = await BatchSession.open(engine, specOf(problem))
      let last: GradientAnswer | undefined
      for (const part of parts) last = await session.forwardBackward({ batch: part, ...LEARN })
      await session.optimStep({ learning_rate: 1e-3 })
      const { training } = await session.state()
      session.dispose()
      return [last!, training]
    }
    const [whole, wholeState] = await weights([batch])
    // Halves of unlike size: the mean is over the targets.
    for (const cut of [2, 1]) {
      const [halves, halvesState] = await weights([rowsOf(batch, 0, cut), rowsOf(batch, cut, N)])
      const { accumulated } = halves
      assert.equal(accumulated.batches, 2)
      assert.equal(accumulated.targets, whole.targets)
      assert.ok(Math.abs(accumulated.loss - whole.loss) < 1e-6 * Math.abs(whole.loss))
      assert.ok(Math.abs(accumulated.gradNorm - whole.gradNorm) < 1e-6 * whole.gradNorm)
      // The first moment of Adam is a tenth of the clipped gradient.
      const moments = Object.keys(wholeState.tensors).filter((name) => name.startsWith('moments.m.'))
      assert.ok(moments.length > 3)
      for (const name of moments) {
        const wanted = wholeState.tensors[name]!.data
        for (const [i, value] of halvesState.tensors[name]!.data.entries())
          assert.ok(Math.abs(value - wanted[i]!) < 1e-6, `${name}[${i}]: ${value} against ${wanted[i]}`)
      }
    }
    engine.dispose()
  })

test('rows and time steps that a batch does not have change nothing, and the flow is of those that it has', async () => {
  const { engine } = await selectEngine('wasm')
  const spec = specOf(ECHO.problem)
  const training = { ...spec.training, batch_size: 2 }
  const ragged: SessionBatch = {
    rows: 2,
    steps: 5,
    inputs: Int32Array.of(0, 1, 1, 1, 0, 0, 1, 0, 0, 0),
    targets: Int32Array.of(-1, -1, 1, 0, 0, 1, 1, -1, 0, -1),
    lengths: Int32Array.of(5, 3),
  }
  const alone = await BatchSession.open(engine, {
    ...spec,
    sequence_length: 5,
    training,
  })
  const padded = await BatchSession.open(engine, spec)
  const [small, large] = [alone, padded].map((session) => session.forwardBackward({ batch: ragged, ...LEARN }))
  const [wanted, got] = [await small!, await large!]
  assert.equal(got.targets, 6)
  assert.ok(Math.abs(got.loss - wanted.loss) < 1e-6)
  assert.ok(Math.abs(got.gradNorm - wanted.gradNorm) < 1e-6)
  assert.equal(got.flow?.h[0]?.length, 5)
  for (const [t, norm] of got.flow.h[0].entries()) assert.ok(Math.abs(norm - wanted.flow!.h[0]![t]!) < 1e-5)
  assert.equal((await alone.optimStep({}))?.step, 1)
  assert.equal(await alone.optimStep({}), undefined, 'no gradient waits any more')
  engine.dispose()
})
