import { readsSymbols, type Problem, type SequencesPlan } from '@unroll/contract'
import type { Scales } from './scales.ts'

/**
 * What is needed to use a model when its data set is gone: how each input is made from the data, and what each output
 * means. Texts by name, as safetensors keeps them.
 */
export function describeDecoding(
  plan: SequencesPlan,
  problem: Problem,
  scales: Scales,
): Readonly<Record<string, string>> {
  const describeField = ({ name, type, width, categories }: SequencesPlan['inputs'][number]) => ({
    name,
    type,
    ...(type === 'number'
      ? { width, scales: (scales.get(name) ?? []).map(({ offset, unit, mean }) => ({ offset, unit, mean })) }
      : { categories: (categories ?? []).map(({ value }) => value) }),
  })
  const decoding = {
    kind: 'sequences',
    problem: plan.problem,
    inputs: {
      ...problem.inputs,
      one_hot: !readsSymbols(plan),
      fields: plan.inputs.map(describeField),
      missing: plan.missing,
      masked: plan.masked.map(({ name }) => name),
    },
    outputs: {
      readout: problem.readout.kind,
      size: problem.readout.size,
      mode: problem.mode,
      ...(plan.classes === null
        ? { fields: plan.targets.map(describeField), horizon: plan.horizon }
        : { field: plan.targets[0]?.name, classes: plan.classes }),
      ...(plan.loss?.kind === 'quantile' && { quantiles: plan.loss.quantiles }),
    },
  }
  return { 'unroll.data': JSON.stringify(decoding) }
}
