// The layouts that weights come in, as a network has them.

import { parameterShapes, type Network } from '@unroll/bptt'
import { explainUnexportable, type CheckpointFormat, type Model } from '@unroll/contract'
import { canonicalLayout } from '../layouts/canonical.ts'
import { kerasLayout } from '../layouts/keras.ts'
import { wholeTensor, type Layout } from '../layouts/layout.ts'
import { pytorchLayout } from '../layouts/pytorch.ts'

/** A layout by the name of the format that has it. */
export interface KnownLayout {
  readonly name: CheckpointFormat
  readonly layout: Layout
}

const LAYOUTS: Readonly<Partial<Record<CheckpointFormat, (network: Network, model: Model) => Layout>>> = {
  state: packedLayout,
  safetensors: canonicalLayout,
  pytorch: (network, { cell }) => pytorchLayout(network, cell),
  keras: (network, { cell }) => kerasLayout(network, cell),
}

/** The layout of a format that can say what a network computes; undefined where it is none of a file of weights. */
export function buildLayout(format: string, network: Network, model: Model): Layout | undefined {
  return Object.hasOwn(LAYOUTS, format) ? LAYOUTS[format as CheckpointFormat]?.(network, model) : undefined
}

/** The layouts that can say what a network computes. */
export function listLayouts(network: Network, model: Model): readonly KnownLayout[] {
  return Object.entries(LAYOUTS).flatMap(([name, build]) => {
    const format = name as CheckpointFormat
    return explainUnexportable(format, model) === undefined ? [{ name: format, layout: build(network, model) }] : []
  })
}

/** Our own names and shapes. */
function packedLayout(network: Network): Layout {
  const shapes = parameterShapes(network)
  return {
    shapes,
    blocks: Object.entries(shapes).map(([name, shape]) => wholeTensor(name, name, shape)),
    constants: [],
  }
}
