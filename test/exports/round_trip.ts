// Networks that go to another tool, are trained there, and come back. `writeRoundTrips` writes a network in the middle of its
// training, and the batches of the updates that follow; train_there.py makes the first of these updates in the other tool.

import { createHash } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createNetwork, initialState, type Engine, type HostTensor, type TrainingState } from '@unroll/bptt'
import { CHECKPOINT_FORMATS, explainUnexportable, type JobSpec } from '@unroll/contract'
import { exportApart, type NetworkFormat } from '@unroll/exports'
import { encodeSafetensors, type NamedTensors } from '@unroll/formats'
import { openFeed } from '@unroll/tasks'
import { describeProgram } from '@unroll/trainer'
import { specOf } from '../training/run.ts'
import { NETWORK_CASES } from './networks.ts'

export const LEARNING_RATE = 0.1
/** Updates before the network leaves, in the other tool, and after it is back. */
export const UPDATES = { before: 3, there: 4, after: 4 } as const
const ALL = UPDATES.before + UPDATES.there + UPDATES.after

/** Tools in which networks are trained. */
export const TRAINED_IN: readonly NetworkFormat[] = ['pytorch', 'keras']

const NAMES = [
  'lstm-2-every_step',
  'lstm-2-once',
  'gru-after-2-every_step',
  'gru-before-2-once',
  'rnn-tanh-2-once',
  'lstm-1-one_hot',
  'lstm-unequal_sizes-every_step',
  'bidirectional-lstm-2-every_step',
  'bidirectional-gru-after-2-once',
]

/** The jobs whose networks make the trip, with plain gradient descent, which needs no state of an optimizer. */
export function listTrips(format: NetworkFormat): readonly { name: string; spec: JobSpec }[] {
  return NAMES.map((name) => {
    const { body } = NETWORK_CASES.find((each) => each.name === name)!
    return {
      name,
      spec: specOf({ ...body, clipping: { policy: 'none' }, optimizer: { type: 'sgd', learning_rate: LEARNING_RATE } }),
    }
  }).filter(({ spec }) => explainUnexportable(format, spec.model) === undefined)
}

export interface Stayed {
  losses: readonly number[]
  /** When it would leave. */
  state: TrainingState
}

/** All updates of a job in our own hands, from the first or from parameters in the middle. */
export async function trainHere(
  engine: Engine,
  spec: JobSpec,
  from?: { tensors: Readonly<Record<string, HostTensor>>; after: number },
): Promise<Stayed> {
  const feed = await openFeed(spec)
  const program = describeProgram(spec, feed, engine)
  const tensors = from && initialState(createNetwork(program), program, from.tensors)
  const session = await engine.open(program, tensors && { tensors, updates: 0 })
  const losses: number[] = []
  let state = await session.state()
  for (let step = (from?.after ?? 0) + 1; step <= ALL; step++) {
    const { batch, window } = feed.window(step)
    const options = { learningRate: LEARNING_RATE, metrics: false, flow: false }
    losses.push((await session.step(batch, window, options)).loss)
    if (step === UPDATES.before) state = await session.state()
  }
  session.dispose()
  return { losses, state }
}

/** Writes each network as it leaves, and the batches of the updates in the other tool. */
export async function writeRoundTrips(engine: Engine, folder: string): Promise<void> {
  for (const format of TRAINED_IN) {
    const place = join(folder, 'round_trip', format)
    mkdirSync(place, { recursive: true })
    for (const { name, spec } of listTrips(format)) {
      const { state } = await trainHere(engine, spec)
      const file = encodeSafetensors(state.tensors)
      const sha256 = createHash('sha256').update(file).digest('hex')
      const origin = {
        job: 'job_0123456789abcdefghij',
        checkpoint: 'ckpt_0123456789abcdefghij',
        step: UPDATES.before,
        sha256,
      }
      writeFileSync(
        join(place, `${name}.${CHECKPOINT_FORMATS[format].extension}`),
        await exportApart(file, { spec, origin }, format),
      )
      writeFileSync(join(place, `${name}.batches`), await encodeBatches(spec))
    }
  }
}

/** Inputs [T,N,X] or [T,N] and targets of each update in the other tool. */
async function encodeBatches(spec: JobSpec): Promise<Uint8Array> {
  const { window } = await openFeed(spec)
  const N = spec.training.batch_size
  const tensors: Record<string, NamedTensors[string]> = {}
  for (let update = 0; update < UPDATES.there; update++) {
    const { inputs, targets, steps } = window(UPDATES.before + update + 1).batch
    const shape = (numbers: ArrayLike<number>, leading: number[]) => {
      const width = numbers.length / leading.reduce((a, b) => a * b, 1)
      return numbers instanceof Int32Array ? leading : [...leading, width]
    }
    const leading = targets instanceof Int32Array && targets.length === N * steps ? [steps, N] : [N]
    tensors[`inputs.${update}`] = { shape: shape(inputs, [steps, N]), data: inputs }
    tensors[`targets.${update}`] = { shape: shape(targets, leading), data: targets }
  }
  return encodeSafetensors(tensors, { learning_rate: String(LEARNING_RATE) })
}
