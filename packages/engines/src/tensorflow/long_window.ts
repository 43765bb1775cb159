// What a session does with a window of many chunks.

import type { Batch, Evaluation, Flow, StepOptions, StepReport, Window } from '@unroll/bptt'
import { fetchNamed, GraphChunks, type ChunkHost, type Handed } from './chunks.ts'
import type { Node } from './graph.ts'
import type { Feed } from './runtime.ts'
import { SCALARS, shapeOf, type Scalar, type Section, type SectionShape } from './section.ts'
import { readMetrics } from './transfer.ts'

export interface LongHost extends ChunkHost {
  /** The optimizer's scalars for the coming update. */
  scalars(learningRate: number): readonly number[]
  /** Told when an update has been applied. */
  updated(): void
}

export function longStep(host: LongHost, batch: Batch, window: Window, options: StepOptions): StepReport {
  const { probe = false, saturation = false } = options
  const { segmentSteps } = host.run.program
  const flow = options.flow || probe
  const chunks = new GraphChunks(host, batch, window, { flow })
  const looks = looksOf(host, batch, { probe, saturation })
  const { ends, initial } = begin(host, shapeOf('ends', batch, window), [...chunks.shapes, ...looks.shapes])
  const probed = probe ? probeOf(looks, initial, segmentSteps) : {}
  const saturated = saturation ? { saturation: looks.saturation(initial) } : {}
  const { sums, carried } = chunks.back(initial, segmentSteps)
  const report = finish(host, ends, { ...sums, ...carried }, options)
  release(host, initial, sums, carried)
  return { ...report, ...(flow && { flow: { ...flowOf(chunks), ...probed } }), ...saturated }
}

export function longForward(host: LongHost, batch: Batch, window: Window): void {
  const chunks = new GraphChunks(host, batch, window)
  const { ends, initial } = begin(host, shapeOf('ends', batch, window), chunks.shapes)
  const carried = chunks.carried(initial)
  keep(host, ends, carried)
  release(host, initial, carried)
}

export function longEvaluation(host: LongHost, batch: Batch, window: Window, wantsOutputs: boolean): Evaluation {
  const chunks = new GraphChunks(host, batch, window, { dropsUnits: false })
  const { ends, initial } = begin(host, { ...shapeOf('ends', batch, window), evaluates: true }, chunks.shapes)
  const { evaluation, after } = chunks.evaluate(initial, wantsOutputs)
  keep(host, ends, after)
  release(host, initial, after)
  return evaluation
}

/** The passes that look at the network before it learns: the loss of the last step alone, nothing clipped. */
function looksOf(host: LongHost, batch: Batch, looks: { probe: boolean; saturation: boolean }): GraphChunks {
  return new GraphChunks(host, batch, { lossSteps: 1, advance: batch.steps }, { flow: true, looks })
}

/** The first run of a window, after what compiles all its sections. */
function begin(
  host: LongHost,
  shape: SectionShape,
  others: readonly SectionShape[],
): { readonly ends: Section; readonly initial: Handed } {
  const [ends] = host.sections([shape, ...others])
  return { ends: ends!, initial: fetchNamed(host, [], Object.entries(ends!.gives!)) }
}

function probeOf(looks: GraphChunks, initial: Handed, segmentSteps: number | undefined): Pick<Flow, 'probe'> {
  const { sums, carried } = looks.back(initial, segmentSteps)
  looks.freeSums({ ...sums, ...carried })
  return { probe: flowOf(looks).h }
}

function finish(
  host: LongHost,
  { takes, scalars, report, metrics }: Section,
  handed: Handed,
  { learningRate, metrics: wantsMetrics }: StepOptions,
): StepReport {
  const rates = host.upload(scalars!, host.scalars(learningRate))
  const feeds: Feed[] = [[scalars!, rates], ...feedsOf(takes!, handed)]
  const results = host.fetch(feeds, wantsMetrics ? [report, metrics!.node] : [report])
  host.free([rates])
  const [numbers, observed] = results.map((tensor) => host.take(tensor))
  const read = SCALARS.map((name, index) => [name, numbers![index]!] as const)
  const { finite, updated, ...scalar } = Object.fromEntries(read) as Record<Scalar, number>
  if (updated === 1) host.updated()
  return { ...scalar, finite: finite === 1, updated: updated === 1, ...(observed && readMetrics(observed, metrics!)) }
}

/** Keeps the states that the next window goes on from. */
function keep(host: LongHost, { takes, moved }: Section, states: Handed): void {
  host.free(host.fetch(feedsOf(takes!, states), [moved!]))
}

function feedsOf(takes: Readonly<Record<string, Node>>, handed: Handed): Feed[] {
  return Object.entries(takes).flatMap(([name, node]): Feed[] =>
    handed[name] === undefined ? [] : [[node, handed[name]]],
  )
}

function release(host: LongHost, ...handed: readonly Handed[]): void {
  host.free(new Set(handed.flatMap((tensors) => Object.values(tensors))))
}

function flowOf({ flow }: GraphChunks): Flow {
  const of = (state: 'h' | 'c'): Float32Array[] =>
    Object.entries(flow).flatMap(([name, series]) => (name.endsWith(`.${state}`) ? [series] : []))
  const c = of('c')
  return { h: of('h'), ...(c.length > 0 && { c }) }
}
