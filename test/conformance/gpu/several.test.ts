// One job on several GPUs. Devices of the CPU stand in for them, each of which computes just what its GPU would be given: what
// asks for a device that is not there, or cannot be done on the one it asks for, fails.

import assert from 'node:assert/strict'
import test from 'node:test'
import type { Engine, StepReport, TrainingState } from '@unroll/bptt'
import { tensorflowEngine } from '@unroll/engines'
import { hasNvidiaGpu, loadLibrary } from '@unroll/libtensorflow'
import { GPU_GRAPH, needs } from '../interpreters.ts'
import { modelOf } from '../networks.ts'
import { batchOf, program } from '../programs.ts'
import { BY_TIMESTEP, CASES, compareGpus } from './several.ts'

function engineOfGpus(): Engine {
  return tensorflowEngine(loadLibrary(), { shards: 1, target: 'gpu', strict: true, standIn: true })
}

for (const each of CASES) {
  test(`several GPUs train to the bits of as many shards on one: ${each.what}`, needs(GPU_GRAPH.name), async (t) => {
    t.diagnostic((await compareGpus(engineOfGpus, each, Infinity)).summary())
  })
}

const T = 17
/** So many rows that two chunks are needed on each of two GPUs. */
const LONG = program({ batchSize: 8192, shards: 2, model: modelOf('gru', { H: 2 }), clipping: BY_TIMESTEP })

async function longRun(gpus: number, segmentSteps: number | undefined): Promise<[StepReport, TrainingState]> {
  const session = await engineOfGpus().open({ ...LONG, gpus, segmentSteps })
  const options = { learningRate: 0.05, metrics: true, flow: true, probe: true, saturation: true }
  const report = await session.step(batchOf(LONG, 0, T), { from: 'initial', lossSteps: T, advance: T }, options)
  const state = await session.state()
  session.dispose()
  return [report, state]
}

test('2 GPUs go through a window of many chunks to the bits of one', needs(GPU_GRAPH.name), async () => {
  const one = await longRun(1, undefined)
  for (const segmentSteps of [undefined, 9]) assert.deepEqual(await longRun(2, segmentSteps), one)
  assert.ok(one[0].updated && Number.isFinite(one[0].loss))
})

test('an engine refuses GPUs that cannot have equal numbers of shards', needs(GPU_GRAPH.name), async () => {
  await assert.rejects(engineOfGpus().open(program({ batchSize: 4, shards: 4, gpus: 3 })), {
    name: 'RangeError',
    message: 'Cannot spread 4 shards over the GPUs as each must have as many: current value is 3',
  })
})

test('a job of a GPU that is not there fails, and is not computed elsewhere', needs(GPU_GRAPH.name), async (t) => {
  if (hasNvidiaGpu()) return t.skip('there is a GPU')
  const engine = tensorflowEngine(loadLibrary(), { shards: 1, target: 'gpu', strict: true })
  const session = await engine.open(program({ batchSize: 4, shards: 2, gpus: 2 }))
  await assert.rejects(session.state(), /device:GPU:0/)
  session.dispose()
  return undefined
})
