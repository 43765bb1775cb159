import {
  mapTensors,
  readProbe,
  type Flow,
  type GradientReport,
  type HostTensor,
  type Network,
  type Observations,
  type StepOptions,
  type StepReport,
  type StepReportTensors,
  type Tensors,
  type WindowGradients,
} from '@unroll/bptt'
import { buildFlow, type LayerNorms } from '../session/flow.ts'
import type { Interpreter } from './interpreter.ts'

/** Reads loss, norms and gradients; no other code does. */
export function readGradients<X>(
  interpreter: Interpreter<X>,
  found: WindowGradients<X> & Observations<X>,
  network: Network,
): GradientReport {
  const number = (scalar: X): number => readNumber(interpreter, scalar)
  const { accuracy, clippedFraction } = found
  return {
    loss: number(found.loss),
    gradNorm: number(found.norm),
    parameterNorms: mapTensors(found.norms, number),
    ...(accuracy !== undefined && { accuracy: number(accuracy) }),
    ...(clippedFraction !== undefined && { clippedFraction: number(clippedFraction) }),
    ...readObserved(interpreter, found, network),
    gradients: readTensors(interpreter, found.gradients),
  }
}

/** Reads copies of tensors. */
export function readTensors<X>(
  { ops, download }: Interpreter<X>,
  tensors: Tensors<X>,
): Readonly<Record<string, HostTensor>> {
  return mapTensors(tensors, (x) => ({ shape: ops.shape(x), data: download(x).slice() }))
}

/** Reads the number of a scalar. */
export function readNumber<X>({ download }: Interpreter<X>, scalar: X): number {
  return download(scalar)[0] ?? NaN
}

/** Reads the numbers of a training step; no other code does. */
export function readReport<X>(
  interpreter: Interpreter<X>,
  report: StepReportTensors<X> & Observations<X>,
  { network, metrics }: Pick<StepOptions, 'metrics'> & { readonly network: Network },
): StepReport {
  const number = (scalar: X): number => readNumber(interpreter, scalar)
  return {
    loss: number(report.loss),
    gradNorm: number(report.gradNorm),
    gradNormClipped: number(report.gradNormClipped),
    clipCoefficient: number(report.clipCoefficient),
    clippedFraction: number(report.clippedFraction),
    finite: number(report.finite) === 1,
    updated: number(report.updated) === 1,
    ...(metrics && report.accuracy !== undefined && { accuracy: number(report.accuracy) }),
    ...(metrics && { parameterNorms: mapTensors(report.parameterNorms, number) }),
    ...readObserved(interpreter, report, network),
  }
}

/** Reads flow, probe flow and saturation; those that there are. */
function readObserved<X>(
  interpreter: Interpreter<X>,
  { flow, probe, saturation }: Pick<StepReportTensors<X>, 'flow'> & Observations<X>,
  network: Network,
): Pick<StepReport, 'flow' | 'saturation'> {
  const probed = probe?.map((layer) => mapTensors(layer, interpreter.download))
  const read = probed && { probe: readProbe(network, [probed], probed[0]!['rounded']!.length) }
  return {
    ...(flow !== undefined && { flow: { ...readFlow(interpreter, flow), ...read } }),
    ...(saturation !== undefined && {
      saturation: mapTensors(saturation, (scalar) => readNumber(interpreter, scalar)),
    }),
  }
}

function readFlow<X>({ download }: Interpreter<X>, layers: readonly Tensors<X>[]): Flow {
  return buildFlow(
    layers.map((norms): LayerNorms => mapTensors(norms, (series) => Float32Array.from(download(series)))),
  )
}
