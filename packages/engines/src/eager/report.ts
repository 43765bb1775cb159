import {
  mapTensors,
  type Flow,
  type Observations,
  type StepOptions,
  type StepReport,
  type StepReportTensors,
  type Tensors,
} from '@unroll/bptt'
import { buildFlow, type LayerNorms } from '../session/flow.ts'
import type { Interpreter } from './interpreter.ts'

/** Reads the number of a scalar. */
export function readNumber<X>({ download }: Interpreter<X>, scalar: X): number {
  return download(scalar)[0] ?? NaN
}

/** Reads the numbers of a training step; no other code does. */
export function readReport<X>(
  interpreter: Interpreter<X>,
  report: StepReportTensors<X> & Observations<X>,
  { metrics }: Pick<StepOptions, 'metrics'>,
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
    ...(report.flow !== undefined && { flow: readFlow(interpreter, report.flow, report.probe) }),
    ...(report.saturation !== undefined && { saturation: mapTensors(report.saturation, number) }),
  }
}

function readFlow<X>(
  { download }: Interpreter<X>,
  layers: readonly Tensors<X>[],
  probed: readonly Tensors<X>[] = [],
): Flow {
  const read = (norms: Tensors<X>): LayerNorms => mapTensors(norms, (series) => Float32Array.from(download(series)))
  const probe = buildFlow(probed.map(read)).h
  return { ...buildFlow(layers.map(read)), ...(probe.length > 0 && { probe }) }
}
