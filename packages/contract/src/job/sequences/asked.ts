// What a trained model is asked, held against what it reads: fields, widths and symbols are those of the checkpoint.

import type { Fault } from '../../schema/fault.ts'
import { WordSplitter, type TextUnit } from '../../text_unit.ts'
import { below } from '../../schema/pointer.ts'
import { isRecord } from '../../schema/record.ts'
import { shown } from '../../schema/shown.ts'
import { MOST_PROMPT, type PredictionRequest } from '../../wire/prediction.ts'
import type { JobSpec } from '../job_spec.ts'
import { usesDataset } from '../sections/data.ts'
import { taskProblem } from '../tasks/tasks.ts'
import type { Problem } from '../problem.ts'
import type { DecodedField, DecodedScale, Decoding, SequencesDecoding } from './decoding.ts'

/** Steps of a field: numbers, as many as its width at a step, or symbols; null where one is missing. */
export type AskedSteps = readonly (number | string | null | readonly (number | null)[])[]

/** A sequence as a model reads it: the steps of each of its fields, all as many, and last the state that it begins from, where the model has a field of that. */
export type AskedSequence = Readonly<Record<string, AskedSteps>>

/** What is asked: sequences, or what is to be continued, as ids of the model's symbols. */
export type Asked =
  | { kind: 'inputs'; sequences: readonly AskedSequence[] }
  | { kind: 'prompt'; symbols: readonly number[]; prompted: number }

/** What the model of a job reads and answers: as its checkpoint says, or of a task as the task has it. */
export function modelDecoding(spec: JobSpec, told: Decoding | undefined): Decoding | undefined {
  const { data } = spec
  if (told !== undefined || usesDataset(data)) return told
  return problemDecoding(taskProblem(data, spec.sequence_length))
}

/** What a model of a problem reads and answers whose classes, symbols and fields have no names. */
export function problemDecoding({
  inputs,
  readout,
  mode,
}: Pick<Problem, 'inputs' | 'readout' | 'mode'>): SequencesDecoding {
  const field: DecodedField =
    inputs.kind === 'symbols'
      ? { name: 'inputs', type: 'category', categories: numbered(inputs.size) }
      : { name: 'inputs', type: 'number', width: inputs.size, scales: plain(inputs.size) }
  const isClass = readout.kind === 'softmax'
  return {
    kind: 'sequences',
    problem: isClass ? (mode === 'many_to_one' ? 'classification' : 'sequence_labels') : 'regression',
    inputs: { ...inputs, one_hot: inputs.kind === 'vectors', fields: [field], missing: 'refuse', masked: [] },
    outputs: {
      readout: readout.kind,
      size: readout.size,
      mode,
      ...(isClass
        ? { field: 'target', classes: numbered(readout.size) }
        : { fields: [{ name: 'target', type: 'number', width: readout.size, scales: plain(readout.size) }] }),
    },
  }
}

/** Steps of a sequence whose answer is explained, at most: all of them are in memory at once. */
export const MOST_EXPLAINED = 2_048

/** Names of the symbols of a task. */
function numbered(count: number): string[] {
  return Array.from({ length: count }, (_, id) => String(id))
}

/** Scales of numbers that are read as they are. */
function plain(count: number): DecodedScale[] {
  return Array.from({ length: count }, () => ({ offset: 0, unit: 1, mean: 0 }))
}

/** Symbols that a model writes, by their ids; undefined of a model that writes none. */
export function writtenSymbols(model: Decoding): readonly string[] | undefined {
  if (model.kind === 'text') return model.vocabulary
  return model.problem === 'next_symbol' ? model.outputs.classes : undefined
}

/** Steps of a sequence that a model answers, at most: a bidirectional one has all of them in memory at once. */
export function countReadableSteps({ model, sequence_length: T }: Pick<JobSpec, 'model' | 'sequence_length'>): number {
  return model.bidirectional === true ? Math.max(MOST_EXPLAINED, T) : Infinity
}

/**
 * A request as the model reads it, or every fault of it.
 *
 * @param mostSteps of a sequence
 */
export function readAsked(
  request: PredictionRequest,
  model: Decoding,
  mostSteps = Infinity,
): { asked: Asked } | { faults: Fault[] } {
  const { inputs, prompt } = request
  if ((inputs === undefined) === (prompt === undefined)) {
    const detail = 'Must have either inputs or prompt'
    return { faults: [{ pointer: inputs === undefined ? '/inputs' : '/prompt', detail }] }
  }
  return prompt === undefined ? readInputs(inputs ?? [], request, model, mostSteps) : readPrompt(prompt, request, model)
}

function readPrompt(
  prompt: NonNullable<PredictionRequest['prompt']>,
  { saliency, gates, steps }: PredictionRequest,
  model: Decoding,
): { asked: Asked } | { faults: Fault[] } {
  const written = writtenSymbols(model)
  if (written === undefined) {
    const what = model.kind === 'text' ? 'next_symbol' : model.problem
    const detail = `Must be left out of a model of problem "${what}", which writes nothing: give inputs`
    return { faults: [{ pointer: '/prompt', detail }] }
  }
  const asked = Object.entries({ saliency, gates, steps }).filter(([, isAsked]) => isAsked)
  const faults = asked.map(([name]) => ({
    pointer: `/${name}`,
    detail: 'Must be false with prompt: it is of inputs',
    value: true,
  }))
  const isText = model.kind === 'text'
  if (!isText && typeof prompt === 'string' && prompt !== '')
    return { faults: [...faults, { pointer: '/prompt', detail: 'Must be a list of symbols', value: prompt }] }
  const given = typeof prompt === 'string' ? (isText ? splitText(prompt, model.unit) : Array.from(prompt)) : prompt
  const ids = readSymbols(given, written, typeof prompt === 'string' ? '/prompt' : '/prompt/', faults)
  if (faults.length > 0) return { faults }
  const start = Math.max(0, written.indexOf('\n')) // an empty prompt
  return { asked: { kind: 'prompt', symbols: ids.length === 0 ? [start] : ids, prompted: ids.length } }
}

/** A text in the symbols of a model. */
function splitText(text: string, unit: TextUnit = 'character'): readonly string[] {
  if (unit === 'character') return Array.from(text)
  if (unit === 'byte') return Array.from(new TextEncoder().encode(text), (byte) => String.fromCharCode(byte))
  const splitter = new WordSplitter()
  return [...splitter.split(text), ...splitter.end()]
}

/** Unknown symbols that are told. */
const MOST_TOLD = 20

/** Ids of symbols. @param at the pointer of them, or with "/" at its end of the list that has them */
function readSymbols(symbols: readonly string[], known: readonly string[], at: string, faults: Fault[]): number[] {
  const idOf = new Map(known.map((symbol, id) => [symbol, id]))
  const told = new Set<string>()
  return symbols.flatMap((symbol, index) => {
    const id = idOf.get(symbol)
    if (id !== undefined) return [id]
    if (!told.has(symbol) && told.size < MOST_TOLD) {
      const pointer = at.endsWith('/') ? `${at}${index}` : at
      const detail = `Must have only the ${known.length} symbols that the model knows: symbol ${index + 1} is ${shown(symbol)}`
      faults.push({ pointer, detail, value: symbol })
    }
    told.add(symbol)
    return []
  })
}

function readInputs(
  inputs: readonly unknown[],
  { saliency, gates }: PredictionRequest,
  model: Decoding,
  mostSteps: number,
): { asked: Asked } | { faults: Fault[] } {
  const faults: Fault[] = []
  const sequences = inputs.map((given, index) => readSequence(given, `/inputs/${index}`, model, faults))
  const isExplained = saliency || gates
  const most = isExplained ? MOST_EXPLAINED : mostSteps
  for (const [index, sequence] of sequences.entries()) {
    const steps = Object.values(sequence)[0]?.length ?? 0
    if (steps <= most) continue
    const why = isExplained ? 'with saliency or gates' : 'for a bidirectional model, which reads all of them at once'
    faults.push({
      pointer: `/inputs/${index}`,
      detail: `Must have at most ${most} steps ${why}: it has ${steps}`,
      value: steps,
    })
  }
  return faults.length > 0 ? { faults } : { asked: { kind: 'inputs', sequences } }
}

function readSequence(given: unknown, pointer: string, model: Decoding, faults: Fault[]): AskedSequence {
  if (model.kind === 'text') {
    if (typeof given === 'string' && given.length > 0 && given.length <= MOST_PROMPT) {
      const before = faults.length
      const symbols = splitText(given, model.unit)
      readSymbols(symbols, model.vocabulary, pointer, faults)
      if (symbols.length === 0) faults.push({ pointer, detail: 'Must have at least one symbol', value: given })
      return faults.length > before ? {} : { [TEXT_FIELD]: symbols }
    }
    faults.push({ pointer, detail: `Must be a text of 1 to ${MOST_PROMPT} characters`, value: given })
    return {}
  }
  const { fields, missing, masked, mask, initial_state: begun } = model.inputs
  const [first] = fields
  const named = fields.length === 1 && Array.isArray(given) ? { [first!.name]: given as unknown } : given
  if (!isRecord(named)) {
    const detail = `Must be an object with a list of steps for each of ${fields.map(({ name }) => shown(name)).join(', ')}`
    faults.push({ pointer, detail, value: given })
    return {}
  }
  const known: Record<string, AskedSteps> = {}
  for (const name of Object.keys(named))
    if (name !== mask && name !== begun?.name && !fields.some((field) => field.name === name))
      faults.push({ pointer: below(pointer, name), detail: `Must be left out: the model does not read it` })
  const taken = mask === undefined ? undefined : readMask(named[mask], below(pointer, mask), faults)
  if (taken !== undefined) known[mask!] = taken
  for (const field of fields) {
    const at = named === given ? below(pointer, field.name) : pointer
    const allowsMissing = missing === 'impute' || masked.includes(field.name)
    known[field.name] = readSteps(named[field.name], at, field, { allowsMissing, taken }, faults)
  }
  const lengths = new Set(Object.values(known).map((steps) => steps.length))
  if (lengths.size > 1 && !faults.some((fault) => fault.pointer.startsWith(pointer)))
    faults.push({ pointer, detail: `Must have as many steps of each field: they have ${[...lengths].join(' and ')}` })
  if (begun !== undefined) known[begun.name] = readState(named[begun.name], below(pointer, begun.name), begun, faults)
  return known
}

/** The state that a sequence begins from. */
function readState(given: unknown, pointer: string, { width }: { width: number }, faults: Fault[]): readonly number[] {
  const isState = Array.isArray(given) && given.length === width && given.every((each) => typeof each === 'number')
  if (isState) return given
  const has = Array.isArray(given) ? `it has ${given.length}` : `current value is ${shown(given)}`
  const detail = `Must be ${width} numbers, the states of all layers before the first step side by side: ${has}`
  faults.push({ pointer, detail, value: given })
  return []
}

/** What is said of each step: 1 where it counts, 0 where it is left out; undefined where nothing is. */
function readMask(given: unknown, pointer: string, faults: Fault[]): readonly number[] | undefined {
  if (given === undefined) return undefined
  const steps = Array.isArray(given) ? (given as unknown[]) : []
  const wrong = steps.findIndex((step) => step !== 0 && step !== 1)
  if (steps.length > 0 && wrong < 0) return steps as number[]
  const [at, value] = steps.length === 0 ? [pointer, given] : [`${pointer}/${wrong}`, steps[wrong]]
  faults.push({ pointer: at, detail: `Must be 0 or 1 for each step: current value is ${shown(value)}`, value })
  return undefined
}

function readSteps(
  given: unknown,
  pointer: string,
  { name, type, width = 1, categories = [] }: DecodedField,
  { allowsMissing, taken }: { allowsMissing: boolean; taken: readonly number[] | undefined },
  faults: Fault[],
): AskedSteps {
  if (!Array.isArray(given) || given.length === 0) {
    faults.push({ pointer, detail: `Must be a list of at least one step of field ${shown(name)}`, value: given })
    return []
  }
  // Symbols that are numbers may be given as such: those of a task, whose samples have them so.
  const steps =
    type === 'category' ? given.map((step: unknown) => (typeof step === 'number' ? String(step) : step)) : given
  const symbols = new Set(categories)
  const isNumber = (value: unknown) => typeof value === 'number' || (value === null && allowsMissing)
  const isStep = (step: unknown): boolean => {
    if (type === 'category') return (typeof step === 'string' && symbols.has(step)) || (step === null && allowsMissing)
    if (width === 1 && !Array.isArray(step)) return isNumber(step)
    return Array.isArray(step) && step.length === width && step.every(isNumber)
  }
  const at = steps.findIndex((step, t) => !isStep(step) && !(step === null && taken?.[t] === 0))
  if (at < 0) return steps as AskedSteps
  const what =
    type === 'category'
      ? `one of the ${categories.length} symbols that the model knows`
      : width === 1
        ? 'a number'
        : `${width} numbers`
  const detail = `Must be ${what}${allowsMissing ? ', or null' : ''}: current value is ${shown(given[at])}`
  faults.push({ pointer: `${pointer}/${at}`, detail, value: given[at] })
  return given as AskedSteps
}

/** The field that a text is read as. */
export const TEXT_FIELD = 'text'
