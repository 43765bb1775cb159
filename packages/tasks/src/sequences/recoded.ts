import type { ModelPlan } from '@unroll/contract'
import type { Sequences } from './sequences.ts'

/** Sequences whose classes and symbols are those of a model, which has them in an order of its own. */
export function recode(sequences: Sequences, recoding: ModelPlan['recoding']): Sequences {
  const recoded = (field: string, ids: Int32Array): Int32Array => {
    const to = recoding[field]
    return to === undefined ? ids : ids.map((id) => to[id] ?? -1)
  }
  return {
    lengths: sequences.lengths,
    numbers: (field) => sequences.numbers(field),
    categories: (field) => recoded(field, sequences.categories(field)),
    stepNumbers: (...steps) => sequences.stepNumbers(...steps),
    stepCategories: (index, field, start, end) => recoded(field, sequences.stepCategories(index, field, start, end)),
  }
}
