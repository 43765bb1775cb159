// The micro-batches of a batch: each goes through its chunks forward and back before the next one begins, so that what is
// kept for the way back is that of one. Their gradients are added up. The loss is averaged over the targets of all.

import type { Evaluation, Network, WindowPass } from '@unroll/bptt'
import { countTargets, cutBatch } from './batch.ts'
import { windowTargets } from './check.ts'
import { joinNorms, type LayerNorms } from './flow.ts'
import { joinOutputs, type ChunkedWindow, type WindowChunks } from './window_chunks.ts'

/** The window of each micro-batch of a batch. */
export function cutWindow(
  { network, batch, window, chunking }: Omit<ChunkedWindow, 'targetCount'>,
  count: number,
): readonly ChunkedWindow[] {
  const targetCount = countTargets(network, windowTargets(network, batch, window.lossSteps))
  const own = { ...network, batchSize: network.batchSize / count }
  return cutBatch(network, batch, count).map((part) => ({ network: own, batch: part, window, chunking, targetCount }))
}

export class MicroBatches<States, Sums, Chunks extends WindowChunks<States, Sums>> {
  readonly parts: readonly Chunks[]
  readonly #network: Network

  constructor(network: Network, parts: readonly Chunks[]) {
    this.#network = network
    this.parts = parts
  }

  /** log₁₀ norms of each state of each layer over all rows, [T], once `back` has filled them. */
  get flow(): readonly LayerNorms[] {
    const [first] = this.parts
    return first!.flow.map((_, layer) => joinNorms(this.parts.map(({ flow }) => flow[layer]!)))
  }

  /**
   * Goes backward through all micro-batches. The caller frees the sums, and the carried states unless they are the initial
   * ones.
   *
   * @param initial The states before the first step, of each micro-batch.
   * @param close Makes of the sums of one those that the next adds to; it begins with zeros where there are none.
   */
  back(
    initial: readonly States[],
    segmentSteps: number | undefined,
    close: (sums: Sums) => Sums | undefined,
  ): { readonly sums: Sums; readonly carried: readonly States[] } {
    let last: WindowPass<States, Sums> | undefined
    const carried = this.parts.map((chunks, index) => {
      last = chunks.back(initial[index]!, segmentSteps, last && close(last.sums))
      return last.carried
    })
    return { sums: last!.sums, carried }
  }

  /** Computes the states after `advance` steps. */
  carried(initial: readonly States[]): readonly States[] {
    return this.parts.map((chunks, index) => chunks.carried(initial[index]!))
  }

  /** Computes loss and accuracy over all steps and rows, the outputs if they are wanted, and the states after them. */
  evaluate(
    initial: readonly States[],
    wantsOutputs: boolean,
  ): { readonly evaluation: Evaluation; readonly after: readonly States[] } {
    const evaluated = this.parts.map((chunks, index) => chunks.evaluate(initial[index]!, wantsOutputs))
    const evaluations = evaluated.map(({ evaluation }) => evaluation)
    const accuracies = evaluations.flatMap(({ accuracy }) => accuracy ?? [])
    const outputs = evaluations.flatMap((evaluation) => evaluation.outputs ?? [])
    return {
      evaluation: {
        loss: add(evaluations.map(({ loss }) => loss)),
        ...(accuracies.length > 0 && { accuracy: add(accuracies) }),
        ...(wantsOutputs && { outputs: joinOutputs([outputs], this.#network) }),
      },
      after: evaluated.map(({ after }) => after),
    }
  }

  /** Computes saturation over all steps and rows, by the names of its series. */
  saturation(initial: readonly States[]): Readonly<Record<string, number>> {
    const means = this.parts.map((chunks, index) => chunks.saturation(initial[index]!))
    const [first = {}] = means
    return Object.fromEntries(
      Object.keys(first).map((name) => [name, add(means.map((mean) => mean[name]!)) / means.length]),
    )
  }
}

function add(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0)
}
