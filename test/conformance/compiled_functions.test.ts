// Functions of a run on TensorFlow: each is compiled once, whatever shapes its batches have, and the numbers are those of
// functions that are compiled together.

import assert from 'node:assert/strict'
import { statSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import type { Engine, Session, StepReport } from '@unroll/bptt'
import { tensorflowEngine } from '@unroll/engines'
import { loadLibrary } from '@unroll/libtensorflow'
import { needs } from './interpreters.ts'
import { batchOf, program } from './programs.ts'

const GIVEN = program()
const OPTIONS = { learningRate: 0.05, metrics: true, flow: true } as const
/** Hand-overs for each function after which all are compiled into one graph. */
const MOVES_PER_FUNCTION = 64

/** An engine, and the bytes of each graph that it has TensorFlow take over. */
function countedEngine() {
  const binding = loadLibrary()
  const graphs: number[] = []
  const loadSavedModel: typeof binding.loadSavedModel = (folder, tag) => {
    graphs.push(statSync(join(folder, 'saved_model.pb')).size)
    return binding.loadSavedModel(folder, tag)
  }
  const counted = Object.create(binding, { loadSavedModel: { value: loadSavedModel } }) as typeof binding
  return { engine: tensorflowEngine(counted, { shards: 1 }), graphs }
}

function step(session: Session, index: number, T: number): Promise<StepReport> {
  const window = { from: 'carried', lossSteps: T, advance: T } as const // before the first step states are zeros
  return session.step(batchOf(GIVEN, index, T), window, OPTIONS)
}

test('a new length compiles a graph of its own alone, and one that is there none', needs('tensorflow'), async () => {
  const { engine, graphs } = countedEngine()
  const session = await engine.open(GIVEN)
  const lengths = [3, 4, 5, 6, 7, 8, 9, 10]
  for (const [index, T] of [...lengths, ...lengths].entries()) await step(session, index, T)
  assert.equal(graphs.length, lengths.length)
  // Nodes for each number of steps differ a little; a graph of all functions would be lengths.length times as large.
  assert.ok(Math.max(...graphs) < 2 * Math.min(...graphs), graphs.join())
  session.dispose()
  assert.equal(engine.live(), 0)
  engine.dispose()
})

/** A step of a session, held against one of a session that goes on from its state with a graph of its own. */
async function stepAsAlone(engine: Engine, session: Session, index: number, T: number): Promise<void> {
  const alone = await engine.open(GIVEN, await session.state())
  assert.deepEqual(await step(session, index, T), await step(alone, index, T))
  assert.deepEqual(await session.state(), await alone.state())
  alone.dispose()
}

test('variables are handed from graph to graph as they are', needs('tensorflow'), async () => {
  const { engine } = countedEngine()
  const session = await engine.open(GIVEN)
  for (const [index, T] of [3, 5, 3, 4, 4, 5, 3].entries()) {
    await stepAsAlone(engine, session, index, T)
    const batch = batchOf(GIVEN, index, 6)
    const evaluated = await session.evaluate(batch) // hands over too
    assert.deepEqual(await session.evaluate(batch), evaluated)
  }
  session.dispose()
  assert.equal(engine.live(), 0)
  engine.dispose()
})

test(
  'graphs that take turns for long are compiled into one, which has their numbers',
  needs('tensorflow'),
  async () => {
    const { engine, graphs } = countedEngine()
    const session = await engine.open(GIVEN)
    let index = 0
    for (; index < 2 * MOVES_PER_FUNCTION; index++) await step(session, index, 3 + (index % 2))
    assert.equal(graphs.length, 2)
    for (; index < 4 * MOVES_PER_FUNCTION; index++) await step(session, index, 3 + (index % 2))
    assert.equal(graphs.length, 3)
    for (const T of [3, 4]) await stepAsAlone(engine, session, index++, T)
    session.dispose()
    assert.equal(engine.live(), 0)
    engine.dispose()
  },
)

test('a restored session compiles nothing that it has', needs('tensorflow'), async () => {
  const { engine, graphs } = countedEngine()
  const session = await engine.open(GIVEN)
  const state = await session.state()
  const first = [await step(session, 0, 3), await step(session, 1, 4)]
  const compiled = graphs.length
  await session.restore(state)
  assert.deepEqual([await step(session, 0, 3), await step(session, 1, 4)], first)
  assert.ok(compiled >= 2)
  assert.equal(graphs.length, compiled)
  session.dispose()
  assert.equal(engine.live(), 0)
  engine.dispose()
})
