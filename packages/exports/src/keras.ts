// Parameters as Keras 3 loads them: `.weights.h5`, which is HDF5. What safetensors has as texts is bytes in group `unroll`, which
// Keras does not look at.

import { encodeHdf5, type Hdf5File, type Hdf5Numbers, type NamedTensors } from '@unroll/formats'
import { digestContents } from './digest.ts'
import { describeNetwork, FACTS } from './facts.ts'
import { kerasLayout } from './layouts/keras.ts'
import { toLayout } from './layouts/layout.ts'
import type { TrainedNetwork } from './model.ts'
import type { Proof } from './proof/proof.ts'

const TEXTS = 'unroll/'

export function writeKeras(model: TrainedNetwork, proof: Proof): Uint8Array<ArrayBuffer> {
  const texts = { ...describeNetwork(model, 'keras'), [FACTS.proof]: JSON.stringify(proof) }
  const tensors = toLayout(kerasLayout(model.network, model.spec.model.cell), model.parameters)
  const complete = { ...texts, [FACTS.digest]: digestContents(tensors, texts) }
  return encodeHdf5({ ...tensors, ...encodeTexts(complete) })
}

/** Arrays of a file of Keras, and the texts that one of ours has beside them. */
export function splitKeras(arrays: Hdf5File): { tensors: NamedTensors; texts: Readonly<Record<string, string>> } {
  const tensors: Record<string, NamedTensors[string]> = {}
  const texts: Record<string, string> = {}
  for (const [path, { shape, data }] of Object.entries(arrays))
    if (!(data instanceof Uint8Array)) tensors[path] = { shape, data }
    else if (path.startsWith(TEXTS)) texts[path.slice(TEXTS.length)] = new TextDecoder().decode(data)
  return { tensors, texts }
}

/** Texts as the arrays that `splitKeras` finds them in. */
export function encodeTexts(texts: Readonly<Record<string, string>>): Hdf5File {
  return Object.fromEntries(Object.entries(texts).map(([name, text]) => [TEXTS + name, encodeText(text)]))
}

function encodeText(text: string): Hdf5Numbers {
  const data = new TextEncoder().encode(text)
  return { shape: [data.length], data }
}
