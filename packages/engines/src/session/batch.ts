import { chunkEnd, type Batch, type Chunk, type Network } from '@unroll/bptt'
import { windowTargets } from './check.ts'

/** A batch and the targets of its steps that have a loss, with none where a row's sequence has ended. */
export interface AnsweredBatch {
  readonly batch: Batch
  readonly targets: Batch['targets']
}

/** Targets of the newest `lossSteps` steps of a batch. */
export function answeredBatch(network: Network, batch: Batch, lossSteps: number): AnsweredBatch {
  return { batch, targets: windowTargets(network, batch, lossSteps) }
}

/** The steps of a chunk as views of a batch, without targets if it has no loss. */
export function chunkBatch(network: Network, { batch, targets }: AnsweredBatch, chunk: Chunk): AnsweredBatch {
  const { start, steps, answered } = chunk
  const width = batch.inputs.length / batch.steps
  const perStep = network.batchSize * (network.readout.kind === 'softmax' ? 1 : network.readout.size)
  const last = targets.length - (batch.steps - chunkEnd(chunk)) * perStep
  const own = answered > 0 ? targets.subarray(last - answered * perStep, last) : targets.subarray(0, 0)
  const lengths = batch.lengths?.map((length) => Math.max(0, Math.min(steps, length - start)))
  const mask = batch.mask?.subarray(start * network.batchSize, chunkEnd(chunk) * network.batchSize)
  return {
    batch: {
      steps,
      inputs: batch.inputs.subarray(start * width, chunkEnd(chunk) * width),
      targets: own,
      ...(lengths && { lengths }),
      ...(mask && { mask }),
    },
    targets: own,
  }
}

/** Rows of a batch in equal parts. */
export function cutBatch({ batchSize: N, mode }: Network, batch: Batch, parts: number): readonly Batch[] {
  if (parts === 1) return [batch]
  const rows = N / parts
  const { steps, inputs, targets, lengths, mask } = batch
  return Array.from({ length: parts }, (_, part) => ({
    steps,
    inputs: takeRows(inputs, { steps, N, first: part * rows, rows }),
    targets: takeRows(targets, { steps: mode === 'many_to_one' ? 1 : steps, N, first: part * rows, rows }),
    ...(lengths && { lengths: lengths.subarray(part * rows, (part + 1) * rows) }),
    ...(mask && { mask: takeRows(mask, { steps, N, first: part * rows, rows }) }),
  }))
}

/** Rows [first, first + rows) of [steps,N,…]. */
export function takeRows<Numbers extends Float32Array | Float64Array | Int32Array | Uint8Array>(
  values: Numbers,
  {
    steps,
    N,
    first,
    rows,
  }: { readonly steps: number; readonly N: number; readonly first: number; readonly rows: number },
): Numbers {
  const width = values.length / (steps * N)
  const taken = values.slice(0, steps * rows * width) as Numbers
  for (let t = 0; t < steps; t++) {
    const start = (t * N + first) * width
    taken.set(values.subarray(start, start + rows * width), t * rows * width)
  }
  return taken
}

/** How many targets there are: class ids from 0, else numbers that are finite. */
export function countTargets({ readout }: Network, targets: Batch['targets']): number {
  const isTarget = readout.kind === 'softmax' ? (target: number) => target >= 0 : Number.isFinite
  let count = 0
  for (const target of targets) count += Number(isTarget(target))
  return count
}
