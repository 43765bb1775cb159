// What of another data set a trained model reads and answers. The model decides: its fields, classes and scales are those of
// its checkpoint, and a data set that has others is refused.

import type { Fault } from '../../schema/fault.ts'
import { shown } from '../../schema/shown.ts'
import type { TextUnit } from '../../text_unit.ts'
import type { Dataset, DatasetField } from '../../wire/dataset.ts'
import type { DatasetReference } from '../sections/data.ts'
import type { DecodedField, Decoding, SequencesDecoding, TextDecoding } from './decoding.ts'
import { hasCategories, hasNumbers, listNames, saysSteps, type SequencesShape } from './fields.ts'
import { chooseLoss, listHalves, type SequencesPlan } from './plan.ts'

/** How a model reads a data set of sequences. */
export interface ModelPlan {
  plan: SequencesPlan
  /** By field: the class of the model of each category of the data set, in its order. */
  recoding: Readonly<Record<string, readonly number[]>>
}

const POINTER = '/dataset'
/** Unknown values that a fault names. */
const MOST_NAMED = 5

/** What keeps a data set from being answered by a trained model; nothing where it fits. */
export function modelFaults(data: DatasetReference, model: Decoding, dataset: Dataset): Fault[] {
  if (model.kind === 'text') return textFaults(model, dataset)
  if (dataset.kind !== 'sequences')
    return [fault('Must be sequences, which the model reads: it is a text', dataset.kind)]
  const planned = planForModel(data, model, dataset)
  return 'faults' in planned ? planned.faults : []
}

function textFaults({ vocabulary, unit = 'character' }: TextDecoding, dataset: Dataset): Fault[] {
  if (dataset.kind !== 'text') return [fault('Must be a text, which the model reads: it is sequences', dataset.kind)]
  const { unit: own = 'character', characters, symbols = characters, vocabulary: listed = [] } = dataset
  if (own !== unit) return [fault(`Must be a text by the ${unit}, which the model reads: it is by the ${own}`, own)]
  if (symbols < 2) return [fault(`Must have at least 2 ${unit}s: it has ${symbols}`, symbols)]
  const known = new Set(vocabulary.map((symbol) => nameSymbol(symbol, unit)))
  const unknown = listed.filter((symbol) => !known.has(symbol))
  if (unknown.length === 0) return []
  const detail = `Must have only the ${vocabulary.length} ${unit}s that the model knows: it has ${nameSome(unknown)}`
  return [fault(detail, unknown[0])]
}

/** A symbol as records of texts name it. */
function nameSymbol(symbol: string, unit: TextUnit): string {
  return unit === 'byte' ? symbol.charCodeAt(0).toString(16).padStart(2, '0') : symbol
}

/** What a model reads and answers of sequences, or every fault of theirs. */
export function planForModel(
  data: DatasetReference,
  model: SequencesDecoding,
  shape: SequencesShape,
): ModelPlan | { faults: Fault[] } {
  const { problem, outputs } = model
  const per = outputs.mode === 'many_to_one' ? 'sequence' : 'step'
  const fitted = new Fitting(shape.fields)
  const inputs = model.inputs.fields.map((field) => fitted.fit(field, 'step'))
  const isNext = problem === 'next_symbol'
  const targets = isNext ? inputs.slice(0, 1) : answered(model).map((field) => fitted.fit(field, per))
  const { initial_state: begun } = model.inputs
  const initialState = begun && fitted.fit({ ...begun, type: 'number' }, 'sequence')
  if (initialState) fitted.refuseMissing(initialState, { missing: 'refuse', masked: [] })
  for (const field of inputs) fitted.refuseMissing(field, model.inputs)
  const maxLength = data.max_length ?? Infinity
  const longest = Math.min(shape.lengths.max, maxLength)
  const least = isNext || problem === 'forecast' ? 2 : 1
  if (longest < least)
    fitted.faults.push(fault(`Must have a sequence of at least ${least} steps: the longest has ${longest}`, longest))
  if (fitted.faults.length > 0) return { faults: fitted.faults }
  return {
    recoding: fitted.recoding,
    plan: {
      problem,
      inputs,
      targets,
      mask: shape.fields.find((field) => field.name === model.inputs.mask && saysSteps(field)),
      initialState,
      masked: inputs.filter(({ name }) => model.inputs.masked.includes(name)),
      readout: outputs.readout,
      classes: outputs.classes ?? null,
      width: outputs.classes === undefined ? targets.reduce((sum, { width }) => sum + width, 0) : 1,
      horizon: outputs.horizon ?? 1,
      season: data.season ?? 1,
      split: { by: 'order', train: 0, validation: 0, test: 1, seed: 1, inTime: false },
      normalise: 'none',
      missing: model.inputs.missing,
      balanced: false,
      loss: chooseLoss(data, outputs.readout),
      maxLength,
      longest,
      buckets: data.bucket_lengths ?? listHalves(longest, shape.lengths.min),
    },
  }
}

/** The fields that a model answers. */
function answered({ outputs }: SequencesDecoding): readonly DecodedField[] {
  if (outputs.classes === undefined) return (outputs.fields ?? []).map((field) => ({ ...field, type: 'number' }))
  return [{ name: outputs.field ?? '', type: 'category', categories: outputs.classes }]
}

/** Finds the fields of a model in a data set. */
class Fitting {
  readonly faults: Fault[] = []
  readonly recoding: Record<string, readonly number[]> = {}
  readonly #fields: readonly DatasetField[]

  constructor(fields: readonly DatasetField[]) {
    this.#fields = fields
  }

  /** The field of a data set as the model knows it. */
  fit(wanted: DecodedField, per: DatasetField['per']): DatasetField {
    const { name, type, width = wanted.scales?.length ?? 1, categories = [] } = wanted
    const found = this.#fields.find((field) => field.name === name)
    const what = type === 'number' ? (width === 1 ? 'a number' : `${width} numbers`) : 'a class or symbol'
    if (found === undefined || found.per !== per || !isReadable(found, type, per)) {
      const has =
        found === undefined ? listNames(this.#fields) : `${shown(name)} of one ${found.type} for each ${found.per}`
      this.#tell(`Must have field ${shown(name)} of ${what} for each ${per}, as the model has: it has ${has}`, name)
      return { ...NOTHING, name, per }
    }
    if (type === 'number') {
      if (found.width !== width)
        this.#tell(`Must have ${what} in field ${shown(name)}, as the model has: it has ${found.width}`, found.width)
      return { ...found, type }
    }
    const unknown = found.categories.flatMap(({ value }) => (categories.includes(value) ? [] : [value]))
    if (unknown.length > 0)
      this.#tell(
        `Must have only values in field ${shown(name)} that the model knows (${nameSome(categories)}): it has ${nameSome(unknown)}`,
        unknown[0],
      )
    this.recoding[name] = found.categories.map(({ value }) => categories.indexOf(value))
    return { ...found, type, categories: categories.map((value) => ({ value, count: 1 })) }
  }

  refuseMissing(
    { name, missing }: DatasetField,
    { missing: policy, masked }: Pick<SequencesDecoding['inputs'], 'missing' | 'masked'>,
  ): void {
    if (missing === 0 || policy === 'impute' || masked.includes(name)) return
    const why =
      policy === 'mask' ? 'of which the training data missed none' : 'as the training data must have none either'
    this.#tell(`Must have no missing value in field ${shown(name)}, ${why}: ${missing} are missing`, missing)
  }

  #tell(detail: string, value: unknown): void {
    this.faults.push(fault(detail, value))
  }
}

/** A field that is not there. */
const NOTHING: Omit<DatasetField, 'name' | 'per'> = {
  type: 'number',
  width: 1,
  missing: 0,
  min: null,
  max: null,
  mean: null,
  std: null,
  distinct: null,
  categories: [],
}

/** Whether a field has what is read of it: of steps as it is kept, of sequences also numerals as numbers, and numbers as classes. */
function isReadable(field: DatasetField, type: DecodedField['type'], per: DatasetField['per']): boolean {
  if (per === 'step' && field.type !== type) return false
  return type === 'number' ? hasNumbers(field) : hasCategories(field)
}

function nameSome(values: readonly string[]): string {
  const named = values.slice(0, MOST_NAMED).map(shown).join(', ')
  return values.length > MOST_NAMED ? `${named} and ${values.length - MOST_NAMED} others` : named
}

function fault(detail: string, value: unknown): Fault {
  return { pointer: POINTER, detail, value }
}
