import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Batch, Program, StepReport, Window } from '@unroll/bptt'
import { parseJobSpec } from '@unroll/contract'
import { EngineSession, beginRun, type EngineRun, type WindowRunner } from './session.ts'

const N = 2
const CHUNK_ROWS = 8
const OPTIONS = { learningRate: 0.1, metrics: false, flow: false }
const REPORT: StepReport = {
  loss: 1,
  gradNorm: 1,
  gradNormClipped: 1,
  clipCoefficient: 1,
  clippedFraction: 0,
  finite: true,
  updated: true,
}

function programOf(): Program {
  const parsed = parseJobSpec({ model: { cell: 'rnn', hidden_size: 3 }, data: { task: 'adding' } })
  assert.ok(parsed.ok)
  const { model, clipping, optimizer } = parsed.value
  const inputs = { kind: 'vectors', size: 1 } as const
  const readout = { kind: 'identity', size: 1 } as const
  return { model, inputs, readout, mode: 'many_to_many', batchSize: N, clipping, optimizer, seed: 1 }
}

function batchOf(steps: number): Batch {
  return { steps, inputs: new Float32Array(steps * N), targets: new Float32Array(steps * N) }
}

/** A session of a run that computes nothing, and what the run is asked for. */
function recorded(reports: readonly StepReport[] = [], updates = 0) {
  const asked: unknown[][] = []
  const left = [...reports]
  const runnerOf = (name: string): WindowRunner => ({
    step: (_batch, _window, _options, before) => {
      asked.push([name, 'step', before])
      return left.shift() ?? REPORT
    },
    differentiate: (_batch, _window, _options, before) => {
      asked.push([name, 'differentiate', before])
      return { loss: 1, gradNorm: 1, gradients: {} }
    },
    forward: (_batch, _window, before) => void asked.push([name, 'forward', before]),
    evaluate: (_batch, { from }) => {
      asked.push([name, 'evaluate', from])
      return { loss: 1 }
    },
  })
  const run: EngineRun = {
    chunking: { rows: N, chunkRows: CHUNK_ROWS },
    whole: runnerOf('whole'),
    chunked: runnerOf('chunked'),
    applyGradients: (_given, _options, before) => {
      asked.push(['applyGradients', before])
      return REPORT
    },
    explain: () => ({ gradients: new Float32Array(), gates: {} }),
    predict: () => ({ outputs: new Float32Array(), states: {} }),
    truncationBias: () => ({ relative: 0, cosine: 1 }),
    place: (states, of) => void asked.push(['place', of, Object.keys(states)]),
    inspect: () => ({ loss: 0, layers: [] }),
    itemise: () => [],
    stretch: () => [],
    differentiateSpectrum: () => ({ squares: 0, gradients: {} }),
    tensors: () => ({}),
    restore: (tensors) => void asked.push(['restore', Object.keys(tensors)]),
    dispose: () => void asked.push(['dispose']),
  }
  const start = beginRun(programOf(), undefined)
  const session = new EngineSession({ ...start, updates }, run, () => asked.push(['onDispose']))
  return { session, asked }
}

function windowOf(steps: number): Window {
  return { from: 'initial', lossSteps: steps, advance: steps }
}

test('a session has windows of one chunk computed whole and longer ones in chunks', async () => {
  const { session, asked } = recorded()
  for (const steps of [CHUNK_ROWS / N, CHUNK_ROWS / N + 1]) {
    await session.step(batchOf(steps), windowOf(steps), OPTIONS)
    await session.forward(batchOf(steps), windowOf(steps))
    await session.evaluate(batchOf(steps))
  }
  assert.deepEqual(
    asked.map(([runner]) => runner),
    ['whole', 'whole', 'whole', 'chunked', 'chunked', 'chunked'],
  )
})

test('a session counts the updates that were applied, from those of the state it was opened with', async () => {
  const { session, asked } = recorded([REPORT, { ...REPORT, updated: false }, REPORT], 7)
  for (let step = 0; step < 3; step++) await session.step(batchOf(2), windowOf(2), OPTIONS)
  await session.forward(batchOf(2), windowOf(2))
  assert.deepEqual(
    asked.map(([, , before]) => before),
    [7, 8, 8, 9],
  )
  assert.equal((await session.state()).updates, 9)
})

test('a session evaluates from the initial state until there is another to go on from', async () => {
  const { session, asked } = recorded()
  await session.evaluate(batchOf(2), { from: 'carried' })
  await session.evaluate(batchOf(2), { from: 'carried' })
  await session.evaluate(batchOf(2))
  assert.deepEqual(
    asked.map(([, , from]) => from),
    ['initial', 'carried', 'initial'],
  )
})

test('a session places the states that a batch begins with, and goes on from them', async () => {
  const { session, asked } = recorded()
  const states = { '0.h': new Float32Array(N * 3).fill(0.5) }
  await session.evaluate({ ...batchOf(2), states })
  await session.evaluate({ ...batchOf(2), states }, { from: 'carried' })
  assert.deepEqual(asked, [
    ['place', 'evaluation', ['0.h']],
    ['whole', 'evaluate', 'carried'],
    ['whole', 'evaluate', 'carried'],
  ])
  await assert.rejects(
    session.step({ ...batchOf(2), states: { '0.h': new Float32Array(1) } }, windowOf(2), OPTIONS),
    /state 0\.h must have 6 numbers: current value is 1/,
  )
})

test('a session has nothing computed of a batch that does not fit', async () => {
  const { session, asked } = recorded()
  const short = { ...batchOf(3), targets: new Float32Array(1) }
  await assert.rejects(session.step(short, windowOf(3), OPTIONS), /targets must have 6 numbers: current value is 1/)
  await assert.rejects(session.forward(batchOf(3), { from: 'initial', advance: 4 }), /advance must be an integer/)
  await assert.rejects(session.evaluate(short), RangeError)
  await assert.rejects(session.truncationBias(short, { k1: 1, k2: 1 }), RangeError)
  assert.deepEqual(asked, [])
})

test('a session frees its run before it says that it is gone', () => {
  const { session, asked } = recorded()
  session.dispose()
  assert.deepEqual(asked, [['dispose'], ['onDispose']])
})

test('beginRun() refuses a state that lacks a tensor of the program', () => {
  const { tensors } = beginRun(programOf(), undefined)
  const { 'layers.0.b': _, ...others } = tensors
  assert.throws(() => beginRun(programOf(), { tensors: others, updates: 1 }), /"layers.0.b" must have shape \[3\]/)
})
