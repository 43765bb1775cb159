// What a job takes of a file of weights: a function of the file and the specification, so that what was checked when the job was
// submitted is what the worker loads.

import { averagedState, createNetwork, splitState, stateShapes, type HostTensor, type Network } from '@unroll/bptt'
import {
  MOST_FAULTS,
  UPDATES_TEXT,
  UnrollError,
  compareMeaning,
  modelDecoding,
  type Decoding,
  type Fault,
  type Initialisation,
  type JobSpec,
  type MeaningDifference,
  type Problem,
} from '@unroll/contract'
import { matchWeights, type Matched } from './match_weights.ts'
import { readWeights, type WeightsFile } from './weights_file.ts'

/** The job whose network is loaded. */
export interface Wanting {
  readonly spec: JobSpec
  readonly problem: Problem
  /** What its inputs and outputs mean, of symbols those that are known; undefined of a task. */
  readonly decoding?: Decoding | undefined
}

export interface LoadedWeights {
  readonly initialisation: Initialisation
  /** Parameters and, if wanted, the state of the optimizer, by the names of a state. */
  readonly tensors: Readonly<Record<string, HostTensor>>
  /** Updates applied before; 0 without the state of the optimizer. */
  readonly updates: number
}

/** @throws {UnrollError} WEIGHTS_INVALID, WEIGHTS_UNSUITABLE with every name and shape that does not match */
export function loadWeights(bytes: Uint8Array, wanting: Wanting): LoadedWeights {
  const { spec, problem } = wanting
  const { strict = true, optimizer = false } = spec.init_from ?? {}
  const file = readWeights(bytes)
  const network = createNetwork({
    ...problem,
    model: spec.model,
    batchSize: spec.training.batch_size,
    frozen: spec.training.freeze ?? [],
  })
  const { parameters } = splitState(optimizer ? file.tensors : averagedState(file.tensors))
  const differences = compareWithFile(file, wanting)
  const {
    parameters: packed,
    faults,
    ...matched
  } = matchWeights(network, spec.model, {
    tensors: parameters,
    differences,
  })
  const state = optimizer ? readOptimizer(file, network, { spec, layout: matched.layout, differences }) : NO_OPTIMIZER
  const refusals = [...(strict ? faults : refuseNothing(matched, parameters)), ...state.faults]
  if (refusals.length > 0)
    throw new UnrollError('WEIGHTS_UNSUITABLE', 'Cannot start from these weights as they do not suit the network', {
      faults: refusals.slice(0, MOST_FAULTS),
      faultCount: refusals.length,
    })
  return {
    initialisation: { ...matched, optimizer },
    tensors: { ...packed, ...state.tensors },
    updates: state.updates,
  }
}

/** What `loadWeights` loads. @throws {UnrollError} as it does */
export function checkWeights(bytes: Uint8Array, wanting: Wanting): Initialisation {
  return loadWeights(bytes, wanting).initialisation
}

/** Where the network of a file of ours reads or answers something else; a file of another tool does not say what it reads. */
function compareWithFile({ meaning }: WeightsFile, { spec, decoding }: Wanting): readonly MeaningDifference[] {
  const own = modelDecoding(spec, decoding)
  return meaning && own ? compareMeaning(meaning, own) : []
}

interface OptimizerState extends Pick<LoadedWeights, 'tensors' | 'updates'> {
  readonly faults: readonly Fault[]
}

const NO_OPTIMIZER: OptimizerState = { tensors: {}, updates: 0, faults: [] }

/** Moments, averages, the memory of the clipping policy and the number of updates. States that were carried belong to other data. */
function readOptimizer(
  { tensors, texts }: WeightsFile,
  network: Network,
  {
    spec,
    layout,
    differences,
  }: { readonly spec: JobSpec; readonly layout: string; readonly differences: readonly MeaningDifference[] },
): OptimizerState {
  const [difference] = differences
  if (difference !== undefined)
    return refuseOptimizer(`Must be false as the ${difference.side} differ: ${difference.detail}`)
  if (layout !== 'state') return refuseOptimizer(`Must be false as layout "${layout}" has no state of an optimizer`)
  const updates = Number(texts[UPDATES_TEXT] ?? Number.NaN)
  if (!Number.isSafeInteger(updates) || updates < 0)
    return refuseOptimizer(
      'Must be false as the state does not say how many updates it has had: a version of before wrote it',
    )
  const wanted = Object.entries(splitState(stateShapes(network, spec)).optimizer)
  const missing = wanted.flatMap(([name, shape]) => {
    const tensor = tensors[name]
    if (tensor?.shape.join() === shape.join()) return []
    const detail = `Must have tensor "${name}" [${shape}]: it is ${tensor === undefined ? 'missing' : `[${tensor.shape}]`}`
    return [{ pointer: '/init_from/optimizer', detail }]
  })
  const found = wanted.flatMap(([name]) => (tensors[name] === undefined ? [] : [[name, tensors[name]] as const]))
  return { tensors: Object.fromEntries(found), updates, faults: missing }
}

function refuseOptimizer(detail: string): OptimizerState {
  return { ...NO_OPTIMIZER, faults: [{ pointer: '/init_from/optimizer', detail, value: true }] }
}

/** Of what need not match: at least something must. */
function refuseNothing({ taken }: Pick<Matched, 'taken'>, tensors: WeightsFile['tensors']): Fault[] {
  if (taken.length > 0) return []
  const names = Object.keys(tensors).slice(0, 5).join(', ')
  return [{ pointer: '/init_from', detail: `Must have a tensor of the network at least: it has ${names}` }]
}
