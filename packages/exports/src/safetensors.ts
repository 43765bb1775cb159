// Parameters as safetensors: by the names of docs/math/notation.md, or as a PyTorch module takes them.

import { encodeSafetensors, type NamedTensors } from '@unroll/formats'
import { digestContents } from './digest.ts'
import { describeNetwork, FACTS } from './facts.ts'
import { canonicalLayout } from './layouts/canonical.ts'
import { toLayout, type Layout } from './layouts/layout.ts'
import { pytorchLayout } from './layouts/pytorch.ts'
import type { TrainedNetwork } from './model.ts'
import type { Proof } from './proof/proof.ts'

export function writeCanonical(model: TrainedNetwork, proof: Proof): Uint8Array<ArrayBuffer> {
  return write(model, canonicalLayout(model.network), { proof, format: 'safetensors' })
}

export function writePytorch(model: TrainedNetwork, proof: Proof): Uint8Array<ArrayBuffer> {
  return write(model, pytorchLayout(model.network, model.spec.model.cell), { proof, format: 'pytorch' })
}

function write(
  model: TrainedNetwork,
  layout: Layout,
  { proof, format }: { readonly proof: Proof; readonly format: 'safetensors' | 'pytorch' },
): Uint8Array<ArrayBuffer> {
  const texts = { ...describeNetwork(model, format), [FACTS.proof]: JSON.stringify(proof) }
  const tensors = toLayout(layout, model.parameters) as NamedTensors
  return encodeSafetensors(tensors, { ...texts, [FACTS.digest]: digestContents(tensors, texts) })
}
