// Which tensors of a file are the parameters of a network, and what is wrong with the others.

import type { Network } from '@unroll/bptt'
import { parameterShapes } from '@unroll/bptt'
import type { CheckpointFormat, Fault, Initialisation, MeaningDifference, Model } from '@unroll/contract'
import { fromLayout, hasConstants, type HostTensors, type Layout } from '../layouts/layout.ts'
import { listLayouts, type KnownLayout } from './known_layouts.ts'

/** What is taken of a file. */
export interface Matched extends Omit<Initialisation, 'optimizer'> {
  readonly layout: CheckpointFormat
  /** Parameters that the file has all numbers of, by full name, packed. */
  readonly parameters: HostTensors
  /** What a file of the whole network, and of nothing else, would not have. */
  readonly faults: readonly Fault[]
}

/** @param differences places in which the network of the file reads, or answers, something else */
export function matchWeights(
  network: Network,
  model: Model,
  { tensors, differences }: { readonly tensors: HostTensors; readonly differences: readonly MeaningDifference[] },
): Matched {
  const { name, layout } = chooseLayout(listLayouts(network, model), tensors)
  const { shapes, blocks } = layout
  const usable = Object.fromEntries(
    Object.entries(tensors).filter(([own, { shape }]) => isSameShape(shapes[own], shape)),
  )
  const refused = refuseGate(layout, usable)
  const packedShapes = parameterShapes(network)
  const foreign = listForeign(network, Object.keys(packedShapes), differences)
  const incomplete = new Set([
    ...blocks.filter(({ theirs }) => usable[theirs] === undefined).map(({ packed }) => packed),
    ...refused,
    ...foreign.keys(),
  ])
  const wanted = Object.entries(packedShapes).filter(([packed]) => !incomplete.has(packed))
  const used = new Set(blocks.filter(({ packed }) => !incomplete.has(packed)).map(({ theirs }) => theirs))
  const complete = { ...layout, blocks: blocks.filter(({ packed }) => !incomplete.has(packed)) }
  const meant = new Map(blocks.map(({ theirs, packed }) => [theirs, foreign.get(packed)]))
  const left = Object.entries(tensors)
    .filter(([own]) => !used.has(own))
    .map(([own, { shape }]) => ({
      name: own,
      shape: [...shape],
      reason: meant.get(own) ?? explainLeft(shapes, own, shape),
    }))
  return {
    layout: name,
    parameters: fromLayout(complete, Object.fromEntries(wanted), usable),
    taken: Object.entries(tensors).flatMap(([own, { shape }]) =>
      used.has(own) ? [{ name: own, shape: [...shape] }] : [],
    ),
    left,
    initial: Object.entries(packedShapes)
      .filter(([packed]) => incomplete.has(packed))
      .map(([packed, shape]) => ({ name: packed, shape: [...shape] })),
    faults: [
      ...listMissing(shapes, tensors),
      ...differences.map(({ side, detail }) => ({
        pointer: '/init_from',
        detail: `Must have the ${side} of the job: ${detail}`,
      })),
      ...left
        .filter(({ name: own }) => meant.get(own) === undefined) // of these the difference is the fault
        .map(({ name: own, shape, reason }) => fault(own, shape, reason)),
      ...listNonfinite(usable),
    ],
  }
}

/** Parameters whose places mean something else in the file, with the reason; a bias of a gate belongs to no input. */
function listForeign(
  { layers }: Network,
  packed: readonly string[],
  differences: readonly MeaningDifference[],
): ReadonlyMap<string, string> {
  const lowest = layers.filter(({ depth }) => depth === 0).map(({ name }) => `${name}.Wx`)
  const parts: Readonly<Record<MeaningDifference['side'], readonly string[]>> = {
    inputs: packed.includes('embedding') ? ['embedding'] : lowest,
    outputs: ['readout.Wo', 'readout.bo'],
  }
  return new Map(
    differences
      .toReversed()
      .flatMap(({ side, detail }) => parts[side].map((name) => [name, `the ${side} differ: ${detail}`])),
  )
}

/** The layout that knows the most names of a file. */
function chooseLayout(layouts: readonly KnownLayout[], tensors: HostTensors): KnownLayout {
  const count = ({ layout }: KnownLayout) => Object.keys(tensors).filter((name) => name in layout.shapes).length
  return layouts.reduce((best, other) => (count(other) > count(best) ? other : best))
}

/** Packed tensors beside a gate that they have no place for, where it does something. */
function refuseGate(layout: Layout, usable: HostTensors): readonly string[] {
  const theirs = new Set(layout.constants.map((constant) => constant.theirs))
  const isThere = [...theirs].every((name) => usable[name] !== undefined)
  if (!isThere || hasConstants(layout, usable)) return []
  return layout.blocks.filter((block) => theirs.has(block.theirs)).map(({ packed }) => packed)
}

function explainLeft(shapes: Layout['shapes'], name: string, shape: readonly number[]): string {
  const wanted = shapes[name]
  if (wanted === undefined) return 'the network has no such tensor'
  if (!isSameShape(wanted, shape)) return `must be [${wanted}] for the network`
  return 'the file lacks, or has otherwise, what belongs to it'
}

function listMissing(shapes: Layout['shapes'], tensors: HostTensors): Fault[] {
  return Object.entries(shapes)
    .filter(([name]) => tensors[name] === undefined)
    .map(([name, shape]) => ({ pointer: '/init_from', detail: `Must have tensor "${name}" [${shape}]: it is missing` }))
}

function listNonfinite(usable: HostTensors): Fault[] {
  return Object.entries(usable)
    .filter(([, { data }]) => !data.every(Number.isFinite))
    .map(([name]) => ({ pointer: '/init_from', detail: `Must have finite numbers alone in tensor "${name}"` }))
}

function fault(name: string, shape: readonly number[], reason: string): Fault {
  return { pointer: '/init_from', detail: `Cannot take tensor "${name}" [${shape}]: ${reason}` }
}

function isSameShape(one: readonly number[] | undefined, other: readonly number[]): boolean {
  return one?.join() === other.join()
}
