import { Type, type Static } from 'typebox'
import { acceleratorsFor, type Accelerator } from '../sections/accelerators.ts'
import type { JobSpec } from '../job_spec.ts'
import { gateCount, recurrentParameters, vectorParameters } from '../sections/cells.ts'
import { listLayers } from '../sections/layers.ts'
import { MOMENTS } from '../sections/optimizer.ts'
import type { Problem } from '../problem.ts'
import { BYTES, checkpointBytes, choiceBytes, flossingBytes, keptBytes, matrixBytes, spectrumBytes } from './kept.ts'
import { chooseSegmentSteps } from './recompute.ts'
import { countGpus, countMicroBatches } from './shards.ts'
import { gradientWindow } from './window.ts'

/** The cost of a job, from its specification. */
export const Estimate = Type.Object(
  {
    parameters: Type.Integer({ description: 'Number of trainable parameters.' }),
    memory_bytes: Type.Integer({
      description:
        'Weights, gradients, moments and what the backward pass keeps, in float32: on a CPU, or of a job that asks for GPUs on each of them.',
    }),
    gpu_memory_bytes: Type.Optional(
      Type.Integer({
        description:
          'The same on a GPU, whose chunks of a long window are longer, where a job may be computed on either.',
      }),
    ),
    flops_per_step: Type.Integer({ description: 'Floating-point operations of the matrix products of one update.' }),
    segment_steps: Type.Optional(
      Type.Union([Type.Integer(), Type.Null()], {
        description:
          'Steps between the stored states of a long window; the backward pass recomputes each segment between them (`bptt.recompute`). Null if everything is stored.',
      }),
    ),
  },
  { additionalProperties: false },
)
export type Estimate = Static<typeof Estimate>

/** Parameters, memory and work of one update of a job on a problem, on the requested accelerator. */
export function estimate(spec: JobSpec, problem: Problem): Estimate {
  const [first, other] = acceleratorsFor(spec.resources.accelerator)
  return {
    ...estimateOn(spec, problem, first),
    ...(other !== undefined && { gpu_memory_bytes: memoryOn(spec, problem, other) }),
  }
}

/** Estimated bytes of memory of a job on a CPU, or on each of its GPUs. */
export function memoryOn(spec: JobSpec, problem: Problem, accelerator: Accelerator): number {
  return estimateOn(spec, problem, accelerator).memory_bytes
}

function estimateOn(spec: JobSpec, problem: Problem, accelerator: Accelerator): Estimate {
  const { model, optimizer, training } = spec
  const gates = gateCount(model.cell)
  const N = training.batch_size
  const T = gradientWindow(spec)
  const X = model.embedding_size ?? problem.inputs.size
  const V = problem.readout.size
  const outputs = problem.mode === 'many_to_many' ? T : 1

  const embedding = model.embedding_size === null ? 0 : problem.inputs.size * model.embedding_size
  const layers = listLayers(model, X)
  const inputWeights = sum(layers.map(({ inputSize, hiddenSize }) => gates * hiddenSize * inputSize))
  const recurrentWeights = sum(layers.map((layer) => recurrentParameters(model, layer)))
  const { depth: top } = layers.at(-1)!
  const H = sum(layers.filter(({ depth }) => depth === top).map(({ outputSize }) => outputSize)) // that the read-out reads
  const readout = V * (H + 1)
  const vectors = sum(layers.map((layer) => vectorParameters(model, layer)))
  const parameters = embedding + inputWeights + recurrentWeights + vectors + readout

  const segment = chooseSegmentSteps(spec, problem, accelerator)
  const trained =
    segment === undefined
      ? keptBytes(spec, problem, T)
      : keptBytes(spec, problem, segment) + checkpointBytes(spec, T, segment) + BYTES * 2 * N * T // ids and targets
  const others = [matrixBytes, spectrumBytes, flossingBytes].map((bytes) => bytes(spec, problem, T))
  const kept = Math.max(trained, ...others, choiceBytes(spec, problem))
  // Weights, moments and averages, the gradients of each GPU, which the first GPU sums, and those of earlier micro-batches.
  const gradients = countGpus(spec) * (countMicroBatches(spec) > 1 ? 2 : 1)
  const averages = typeof optimizer.weight_average === 'number' ? 1 : 0
  const memory = BYTES * parameters * (1 + gradients + MOMENTS[optimizer.type].length + averages) + kept
  // A product of [a,b] and [b,c] is 2abc operations, and backward does two for each of forward's.
  const again = segment === undefined ? 0 : 2 * N * (T - segment) * (inputWeights + recurrentWeights)
  const flops = 6 * N * (T * (inputWeights + recurrentWeights) + outputs * H * V) + again
  return { parameters, memory_bytes: memory, flops_per_step: flops, segment_steps: segment ?? null }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((a, b) => a + b, 0)
}
