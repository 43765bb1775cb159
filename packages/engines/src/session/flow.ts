import { mapTensors, type Flow, type Network, type ObserveOptions, type StepReport } from '@unroll/bptt'

/** log₁₀ norms of a layer's states, [T] each. */
export type LayerNorms = Readonly<Record<string, Float32Array>>

/** The norms over all rows, from those over the rows of each part: log₁₀ √Σ 10^2a; the largest where that is Inf, NaN or an exact zero. */
export function joinNorms(parts: readonly LayerNorms[]): LayerNorms {
  const [first = {}] = parts
  return mapTensors(first, (series, state) =>
    series.map((_, t) => {
      const norms = parts.map((part) => part[state]![t]!)
      const largest = Math.max(...norms)
      if (!Number.isFinite(largest)) return largest
      return largest + Math.log10(norms.reduce((sum, norm) => sum + 10 ** (2 * (norm - largest)), 0)) / 2
    }),
  )
}

/** Builds the flow of a report from the norms of each layer; `c` where there is a memory cell. */
export function buildFlow(layers: readonly LayerNorms[]): Flow {
  const of = (state: 'h' | 'c'): Float32Array[] => layers.flatMap((norms) => norms[state] ?? [])
  const c = of('c')
  return { h: of('h'), ...(c.length > 0 && { c }) }
}

/**
 * A report whose flow has the steps of each layer in the order in which it takes them: those of a backward direction from the
 * last. The report itself where nothing is turned: of a step of 3 ms each copy takes a thousandth.
 */
export function inReadingOrder<Report extends Pick<StepReport, 'flow'>>(
  { layers }: Pick<Network, 'layers'>,
  report: Report,
): Report {
  const isForward = (layer: number): boolean => layers[layer]!.direction === 'forward'
  if (report.flow === undefined || layers.every((_, layer) => isForward(layer))) return report
  const { h, c, probe } = report.flow
  const turn = (all: readonly Float32Array[]): readonly Float32Array[] =>
    all.map((norms, layer) => (isForward(layer) ? norms : norms.toReversed()))
  const turned = probe?.map((own, layer) => (isForward(layer) ? own : { ...own, log10: own.log10.toReversed() }))
  return { ...report, flow: { h: turn(h), ...(c && { c: turn(c) }), ...(turned && { probe: turned }) } }
}

/** Whether the flow is reported: the probe flow comes in it. */
export function reportsFlow({ flow, probe = false }: ObserveOptions): boolean {
  return flow || probe
}

/** What is observed of a window before it is learned from. */
export interface WindowObservations extends Pick<StepReport, 'saturation'>, Pick<Flow, 'probe'> {}

/**
 * A report on a window with what was observed of it before, and with the norms of its layers where its flow was computed chunk
 * by chunk. The report itself where all that is nothing.
 */
export function placeObserved<Report extends Pick<StepReport, 'flow' | 'saturation'>>(
  report: Report,
  { probe, saturation }: WindowObservations,
  norms?: readonly LayerNorms[],
): Report {
  if (norms === undefined && probe === undefined && saturation === undefined) return report
  const flow = norms === undefined ? report.flow : buildFlow(norms)
  return {
    ...report,
    ...(flow && { flow: { ...flow, ...(probe && { probe }) } }),
    ...(saturation && { saturation }),
  }
}
