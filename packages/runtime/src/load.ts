import {
  createNetwork,
  initialStates,
  mapTensors,
  parameterShapes,
  predictRows,
  listLayerShapes,
  type HostTensor,
  type Network,
  type Tensors,
} from '@unroll/bptt'
import { elements } from '@unroll/engines'
import { FACTS, fromCanonical } from '@unroll/exports'
import { decodeSafetensors } from '@unroll/formats'
import { createInterpreter, type Interpreter, type Tensor } from './interpreter.ts'
import { startKernels } from './kernels/kernels.ts'
import type { Model, ModelFacts, RunOptions, RunResult, State } from './model.ts'

const FORMAT = 'safetensors'

/**
 * Opens a model.
 *
 * @param file a checkpoint of Unroll in the format `safetensors`
 * @throws {RangeError} when it is no such file, or its tensors do not fit what it says of the network
 */
export async function loadModel(file: Uint8Array): Promise<Model> {
  const { tensors, metadata } = decodeSafetensors(file)
  const described = metadata[FACTS.model]
  if (metadata[FACTS.format] !== FORMAT || described === undefined)
    throw new RangeError(
      `Cannot open the model as ${FACTS.format} of the file must be "${FORMAT}": it is ${JSON.stringify(metadata[FACTS.format])}; export it with "unroll export JOB --format ${FORMAT}"`,
    )
  const { inputs, readout, mode, ...model } = JSON.parse(described) as Described
  const network = createNetwork({ model, inputs, readout, mode, batchSize: 1 })
  const facts: ModelFacts = {
    cell: model.cell,
    hiddenSizes: network.layers.map(({ hiddenSize }) => hiddenSize),
    bidirectional: network.bidirectional,
    inputs,
    readout,
    mode,
    texts: metadata,
  }
  const interpreter = createInterpreter(await startKernels())
  const packed = fromCanonical(network, tensors as Readonly<Record<string, HostTensor>>)
  const parameters = Object.fromEntries(
    Object.entries(parameterShapes(network)).map(([name, shape]) => [
      name,
      interpreter.upload(shape, packed[name]!.data),
    ]),
  )
  return { facts, run: (given, options) => run({ interpreter, network, parameters }, given, options) }
}

/** The text `unroll.model`. */
type Described = Parameters<typeof createNetwork>[0]['model'] &
  Pick<Parameters<typeof createNetwork>[0], 'inputs' | 'readout' | 'mode'>

interface Opened {
  interpreter: Interpreter
  network: Network
  parameters: Tensors<Tensor>
}

function run(
  { interpreter, network: one, parameters }: Opened,
  given: ArrayLike<number>,
  { rows = 1, state }: RunOptions = {},
): RunResult {
  const network = { ...one, batchSize: rows }
  if (network.bidirectional && state !== undefined)
    throw new RangeError('Cannot go on from a state as a bidirectional network reads a sequence whole: leave state out')
  const { ops, upload, download } = interpreter
  const shape = inputShape(network, given)
  return ops.scope(() => {
    const before =
      state === undefined ? initialStates(ops, network, parameters) : uploadState(interpreter, network, state)
    const { outputs, after } = predictRows({ ops, network, parameters }, { inputs: upload(shape, given) }, before)
    return { outputs: download(outputs), state: downloadState(interpreter, after) }
  })
}

/** @throws {RangeError} */
function inputShape({ inputs, batchSize }: Network, given: ArrayLike<number>): number[] {
  if (!Number.isInteger(batchSize) || batchSize < 1)
    throw new RangeError(`Cannot run the model as rows must be an integer ≥ 1: current value is ${batchSize}`)
  const width = inputs.kind === 'symbols' ? batchSize : batchSize * inputs.size
  const steps = given.length / width
  if (!Number.isInteger(steps) || steps < 1)
    throw new RangeError(`Cannot run the model as each step has ${width} inputs: there are ${given.length}`)
  if (inputs.kind === 'vectors') return [steps, batchSize, inputs.size]
  for (let i = 0; i < given.length; i++) {
    const id = given[i]!
    if (!Number.isInteger(id) || id < 0 || id >= inputs.size)
      throw new RangeError(
        `Cannot run the model as symbols are integers from 0 to ${inputs.size - 1}: number ${i} is ${id}`,
      )
  }
  return [steps, batchSize]
}

/** @throws {RangeError} */
function uploadState({ upload }: Interpreter, network: Network, state: State): Tensors<Tensor>[] {
  const read = (name: string, shape: readonly number[]): Tensor => {
    const count = elements(shape)
    const numbers = state[name]
    if (numbers?.length !== count)
      throw new RangeError(
        `Cannot run the model as state "${name}" must have ${count} numbers: it has ${numbers?.length ?? 'none'}`,
      )
    return upload(shape, numbers)
  }
  return listLayerShapes(network).map((shapes, layer) =>
    mapTensors(shapes, (shape, name) => read(`${layer}.${name}`, shape)),
  )
}

function downloadState({ download }: Interpreter, after: readonly Tensors<Tensor>[]): State {
  const named = after.flatMap((states, layer) =>
    Object.entries(states).map(([name, x]) => [`${layer}.${name}`, download(x)]),
  )
  return Object.fromEntries(named) as State
}
