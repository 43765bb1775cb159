import { selectEngine } from '@unroll/engines'
import { exportApart, loadWeights, type NetworkFormat, type Wanting } from '@unroll/exports'
import { decodeHdf5, decodeSafetensors, encodeHdf5, encodeSafetensors } from '@unroll/formats'
import { taskProblem, usesDataset } from '@unroll/contract'
import { trainCheckpoint, type Checkpointed } from '../../../exports/trained.ts'
import type { FuzzTarget } from '../target.ts'
import { ARRAYS, HDF5_TOKENS, SAFETENSORS_HEADER, SAFETENSORS_TOKENS } from './tensors.ts'
import { ZIP, zip } from './zip.ts'

/** Weights that jobs start from, from the file to the network. */
export const WEIGHT_TARGETS: Readonly<Record<string, FuzzTarget>> = {
  weights: {
    seeds: async () => {
      const { state, ...opening } = await trainSmall()
      const formats: NetworkFormat[] = ['pytorch', 'safetensors', 'keras']
      const exported = []
      for (const format of formats) exported.push(await exportApart(state.slice(), opening, format))
      const { tensors } = decodeSafetensors(state)
      return [state, encodeSafetensors(tensors), ...exported, encodeHdf5(ARRAYS)]
    },
    tokens: [...SAFETENSORS_TOKENS, ...HDF5_TOKENS],
    envelope: SAFETENSORS_HEADER,
    parse: async (input) => loadWeights(input, await (wanting ??= describeWanting())),
  },
  keras: {
    seeds: async () => {
      const { state, ...opening } = await trainSmall()
      const weights = await exportApart(state.slice(), opening, 'keras')
      const plain = Object.entries(decodeHdf5(weights)).filter(([path]) => !path.startsWith('unroll')) // as another tool's
      return [weights, encodeHdf5(Object.fromEntries(plain))].map((data) =>
        zip([
          { name: Buffer.from('config.json'), data: Buffer.from('{}') },
          { name: Buffer.from('model.weights.h5'), data },
        ]),
      )
    },
    tokens: [...HDF5_TOKENS, 'PK\x01\x02', 'PK\x05\x06', 'model.weights.h5'],
    envelope: ZIP,
    parse: async (input) => loadWeights(input, await (wanting ??= describeWanting())),
  },
}

const SMALL = {
  model: { cell: 'lstm', hidden_size: 2 },
  data: { task: 'adding' },
  sequence_length: 3,
  training: { max_steps: 1, batch_size: 2 },
}
let trained: Promise<Checkpointed> | undefined
let wanting: Promise<Wanting> | undefined

/** The checkpoint of a network of a few numbers. */
export async function trainSmall(): Promise<Checkpointed> {
  return await (trained ??= selectEngine('oracle').then(({ engine }) => trainCheckpoint(engine, SMALL)))
}

async function describeWanting(): Promise<Wanting> {
  const { spec } = await trainSmall()
  if (usesDataset(spec.data)) throw new Error('Cannot take this specification: it needs a data set')
  return { spec, problem: taskProblem(spec.data, spec.sequence_length) }
}
