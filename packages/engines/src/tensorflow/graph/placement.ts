// On which device each operation of a graph is computed.

import type { Accelerator } from '@unroll/contract'

/**
 * What a graph is made for. Our own kernels run on the CPU alone; a GPU is given TensorFlow's own operations, which run
 * everywhere: without a GPU, soft placement has the same graph computed on the CPU.
 */
export type Target = Accelerator

const HOST = '/device:CPU:0'

/** A GPU by its number among those that the process sees: the first computes all but the shards of the others. */
export function gpuDevice(number: number): string {
  return `/device:GPU:${number}`
}

/** The CPU's device that stands in for a GPU. */
export function standInFor(device: string): string {
  return device.replace('GPU', 'CPU')
}

/** Operations of a GPU's graph that stay on the host, by kind, and why. */
export const ON_HOST: Readonly<Record<string, string>> = {
  Placeholder: 'what a run is given lies in the memory of the host',
  'Split of int32': 'TensorFlow has no kernel for a GPU; ids of symbols and classes are cut where they are given',
}

interface Kind {
  readonly op: string
  readonly attributes: Readonly<Record<string, object>>
}

/** What an operation is called in ON_HOST. */
export function nameKind({ op, attributes: { T } }: Kind): string {
  return T !== undefined && 'type' in T && T.type === 'int32' ? `${op} of int32` : op
}

/** The device that an operation asks for; empty where TensorFlow may choose. */
export function chooseDevice(target: Target, kind: Kind, gpu: number): string {
  if (target === 'cpu') return ''
  return nameKind(kind) in ON_HOST ? HOST : gpuDevice(gpu)
}
