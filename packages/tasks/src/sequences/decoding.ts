import {
  encodeDecoding,
  readsSymbols,
  type DecodedField,
  type Problem,
  type SequencesDecoding,
  type SequencesPlan,
} from '@unroll/contract'
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
  const describeNumbers = ({ name, width }: SequencesPlan['inputs'][number]) => ({
    width,
    scales: (scales.get(name) ?? []).map(({ offset, unit, mean }) => ({ offset, unit, mean })),
  })
  const describeInput = (field: SequencesPlan['inputs'][number]): DecodedField => ({
    name: field.name,
    type: field.type,
    ...(field.type === 'number' ? describeNumbers(field) : { categories: field.categories.map(({ value }) => value) }),
  })
  return encodeDecoding({
    kind: 'sequences',
    problem: plan.problem,
    inputs: {
      ...problem.inputs,
      one_hot: !readsSymbols(plan),
      fields: plan.inputs.map(describeInput),
      missing: plan.missing,
      masked: plan.masked.map(({ name }) => name),
      ...(plan.mask && { mask: plan.mask.name }),
      ...(plan.initialState && { initial_state: { name: plan.initialState.name, width: plan.initialState.width } }),
    },
    outputs: {
      readout: problem.readout.kind,
      size: problem.readout.size,
      mode: problem.mode,
      ...(plan.classes === null
        ? {
            fields: plan.targets.map((field) => ({ ...describeInput(field), ...describeNumbers(field) })),
            horizon: plan.horizon,
          }
        : { field: plan.targets[0]?.name ?? '', classes: plan.classes }),
      ...(plan.loss?.kind === 'quantile' && { quantiles: plan.loss.quantiles }),
    },
  })
}

/** The scales of a model, by the names of the fields that they are of. */
export function decodeScales({ inputs, outputs }: SequencesDecoding): Scales {
  const fields = [...inputs.fields, ...(outputs.fields ?? [])]
  return new Map(fields.flatMap(({ name, scales }) => (scales === undefined ? [] : [[name, scales] as const])))
}
