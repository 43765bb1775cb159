// Proves a file of parameters once more: what the network in it computes must be what its proof says.

import { createNetwork, parameterShapes } from '@unroll/bptt'
import { decodeDecoding, modelDecoding, type JobSpec } from '@unroll/contract'
import { FormatError } from '@unroll/formats'
import { describeAnswering } from '@unroll/trainer'
import { FACTS } from '../facts.ts'
import { fromLayout } from '../layouts/layout.ts'
import type { FloatTensor, Origin, TrainedNetwork } from '../model.ts'
import type { Verified } from '../onnx/verify.ts'
import { decodeTensor, type ProofCase, type ProofTensor } from '../proof/proof.ts'
import { prove } from '../proof/prove.ts'
import { readJson, readProof } from '../proof/read_proof.ts'
import { buildLayout } from './known_layouts.ts'
import { readWeights, type WeightsFile } from './weights_file.ts'

/**
 * Compares what the parameters of a file compute, in float64, with the proof in it. Its digest is checked before.
 *
 * @throws {UnrollError} WEIGHTS_INVALID where the file is damaged
 * @throws {FormatError} where it is not ours, or has no proof
 */
export function verifyWeights(file: Uint8Array): Verified {
  const read = readWeights(file)
  const { tolerance, cases } = readProof(read.texts)
  const again = prove(openModel(read)).cases
  const verified: Verified = { largest: 0, tolerance, compared: 0, runs: cases.length }
  for (const [index, proved] of cases.entries())
    for (const [own, wanted] of pairNumbers(again[index]!, proved)) {
      const difference = Math.abs(own - wanted)
      verified.largest = Math.max(verified.largest, Number.isFinite(difference) ? difference : Infinity)
      verified.compared += 1
    }
  if (verified.compared === 0) throw new FormatError('Cannot verify the file as its proof holds nothing')
  return verified
}

/** The network of a file of ours. */
function openModel({ tensors, texts }: WeightsFile): TrainedNetwork {
  const spec = readJson(texts, 'spec') as JobSpec | null | undefined
  const origin = readJson(texts, 'origin') as Origin | null | undefined
  const decoding = spec && modelDecoding(spec, decodeDecoding(texts))
  if (!spec || !origin || !decoding)
    throw new FormatError('Cannot verify the file as it does not say what its network is')
  const network = createNetwork(describeAnswering({ spec, decoding }))
  const layout = buildLayout(texts[FACTS.format] ?? '', network, spec.model)
  if (layout === undefined) throw new FormatError('Cannot verify the file as its format is not known')
  for (const [name, shape] of Object.entries(layout.shapes))
    if (tensors[name]?.shape.join() !== shape.join())
      throw new FormatError(`Cannot verify the file as tensor "${name}" must be [${shape}]`)
  const parameters = fromLayout(layout, parameterShapes(network), tensors)
  return { spec, origin, decoding, network, parameters: parameters as Record<string, FloatTensor> }
}

function pairNumbers(again: ProofCase, proved: ProofCase): [own: number, wanted: number][] {
  const tensors: [ProofTensor, ProofTensor][] = [
    [again.outputs, proved.outputs],
    ...Object.entries(proved.final).map(([name, wanted]): [ProofTensor, ProofTensor] => [again.final[name]!, wanted]),
  ]
  return tensors.flatMap(([own, wanted]) => {
    const numbers = decodeTensor(own)
    return Array.from(decodeTensor(wanted), (value, at): [number, number] => [numbers[at]!, value])
  })
}
