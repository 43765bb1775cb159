import type { Weights } from '@unroll/contract'
import { readWeights } from './weights_file.ts'

/** What is in a file of weights. @throws {UnrollError} WEIGHTS_INVALID */
export function describeWeights(file: Uint8Array): Pick<Weights, 'format' | 'tensors'> {
  const { format, tensors } = readWeights(file)
  return { format, tensors: Object.entries(tensors).map(([name, { shape }]) => ({ name, shape: [...shape] })) }
}
