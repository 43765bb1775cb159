import type { Fault } from '../../schema/fault.ts'
import { shown } from '../../schema/shown.ts'
import { countStates, listStates } from '../sections/cells.ts'
import { SEQUENCE_FIELD_NAMES, type DatasetReference, type ProblemName } from '../sections/data.ts'
import type { JobSpec } from '../job_spec.ts'
import type { Problem } from '../problem.ts'
import type { SequencesShape } from './fields.ts'
import type { SequencesPlan } from './plan.ts'
import { partNamed, partSizes, type Part } from './split.ts'

/** A job on sequences, and what it learns of them. */
interface Planned {
  spec: JobSpec
  data: DatasetReference
  shape: SequencesShape
  plan: SequencesPlan
  problem: Problem
}

/** The faults of a job on sequences in what is outside its `data`, or follows from how many sequences there are. */
export function sequenceFaults(
  spec: JobSpec,
  data: DatasetReference,
  shape: SequencesShape,
  plan: SequencesPlan,
  problem: Problem,
): Fault[] {
  return RULES.flatMap((rule) => rule({ spec, data, shape, plan, problem }) ?? [])
}

const RULES: readonly ((planned: Planned) => Fault | undefined)[] = [
  wholeSequencesFit,
  wholeSequencesAreNotTruncated,
  embeddingHasSymbols,
  initialStatesFit,
  partsHaveSequences,
]

/** One answer for the sequence needs it whole, and so does a layer that begins at its end. */
function wholeSequencesFit({ spec, plan: { longest }, problem }: Planned): Fault | undefined {
  const { sequence_length: T, model } = spec
  if ((problem.mode === 'many_to_many' && model.bidirectional !== true) || longest <= T) return undefined
  const why = problem.mode === 'many_to_many' ? ', which bidirectional reads whole' : ''
  const detail = `Must be ≥ ${longest}, the steps of the longest sequence${why}, or data.max_length must be set, of which sequences are then the first steps: current value is ${T}`
  return { pointer: '/sequence_length', detail, value: T }
}

function wholeSequencesAreNotTruncated({ spec: { bptt }, plan, problem }: Planned): Fault | undefined {
  if (problem.mode === 'many_to_many' || bptt.mode === 'full') return undefined
  const detail = `Must be "full" of problem "${plan.problem}", whose loss is behind the last step of each sequence: current value is "${bptt.mode}"`
  return { pointer: '/bptt/mode', detail, value: bptt.mode }
}

function embeddingHasSymbols({ spec: { model }, plan, problem }: Planned): Fault | undefined {
  if (model.embedding_size === null || problem.inputs.kind === 'symbols') return undefined
  const detail = `Must be null as ${plan.inputs.map(({ name }) => `"${name}"`).join(', ')} are read as vectors, not as symbols`
  return { pointer: '/model/embedding_size', detail, value: model.embedding_size }
}

/** Each sequence has a number for every unit of every state, and nothing else says where it begins. */
function initialStatesFit({ spec: { model }, plan: { initialState } }: Planned): Fault | undefined {
  if (initialState === undefined) return undefined
  if (model.initial_state === 'learned') {
    const detail = `Must be "zeros" with data.initial_state, which says from which state each sequence begins: current value is "learned"`
    return { pointer: '/model/initial_state', detail, value: model.initial_state }
  }
  const wanted = countStates(model)
  if (initialState.width === wanted) return undefined
  const states = listStates(model).map(({ name, size }) => `${size} of ${name}`)
  const detail = `Must be a field of ${wanted} numbers for each sequence, the states of all layers side by side (${listFirst(states)}): field ${shown(initialState.name)} has ${initialState.width}`
  return { pointer: '/data/initial_state', detail, value: initialState.name }
}

/** States that a fault names. */
const MOST_STATES = 6

function listFirst(states: readonly string[]): string {
  return states.length > MOST_STATES ? `${states.slice(0, MOST_STATES).join(', ')}, …` : states.join(', ')
}

/** Something must train, and something must be held out where that is asked for. */
function partsHaveSequences({ data, shape, plan }: Planned): Fault | undefined {
  const sizes = computeSizes(plan, shape)
  const what = plan.split.by !== 'field' && plan.split.inTime ? 'steps' : 'sequences'
  const wanted: Record<Part, boolean> =
    plan.split.by === 'field'
      ? { training: true, validation: false, test: false }
      : { training: true, validation: plan.split.validation > 0, test: plan.split.test > 0 }
  const empty = (Object.keys(wanted) as Part[]).find((part) => wanted[part] && sizes[part] < 1)
  if (empty === undefined) return undefined
  const named = data.split?.validation === undefined && empty === 'validation' && plan.split.by !== 'field'
  return {
    pointer: named ? '/data/validation_fraction' : '/data/split',
    detail: `Must leave at least one of the ${what} to ${empty}: they are split into ${sizes.training} to train, ${sizes.validation} to validate, ${sizes.test} to test`,
    value: named ? data.validation_fraction : data.split,
  }
}

/** How much there is of each part: sequences, or steps of the longest where each sequence is cut. */
function computeSizes(
  { split, targets, problem, longest }: SequencesPlan,
  shape: SequencesShape,
): Record<Part, number> {
  if (split.by === 'field') {
    const sizes = { training: 0, validation: 0, test: 0 }
    const categories = shape.fields.find(({ name }) => name === split.field)?.categories ?? []
    for (const { value, count } of categories) sizes[partNamed(value) ?? 'training'] += count
    return sizes
  }
  if (split.inTime) return partSizes(longest, split)
  const [target] = targets
  const leftOut = target?.per === 'sequence' && problem !== 'forecast' ? Math.ceil(target.missing / target.width) : 0
  return partSizes(shape.sequences - leftOut, split)
}

/** Whether evaluations during a run will have something to evaluate on. */
export function isHeldOut({ split }: SequencesPlan, { fields }: SequencesShape): boolean {
  if (split.by !== 'field') return split.validation > 0
  const categories = fields.find(({ name }) => name === split.field)?.categories ?? []
  return categories.some(({ value }) => partNamed(value) === 'validation')
}

/** Problems whose answers are steps that a sequence has not reached yet. */
const FORETOLD: readonly (ProblemName | 'text')[] = ['text', 'next_symbol', 'forecast']

/** The fault of a job on a data set whose answers a bidirectional model reads. */
export function foretellingFault({ model }: JobSpec, problem: ProblemName | 'text'): Fault | undefined {
  if (model.bidirectional !== true || !FORETOLD.includes(problem)) return undefined
  const name = problem === 'text' ? 'next_symbol' : problem
  const detail = `Must be false for problem "${name}", as the backward direction reads the later steps, which are the answers: current value is true`
  return { pointer: '/model/bidirectional', detail, value: true }
}

/** The faults of a job on text in options that are those of sequences. */
export function textOptionFaults(data: DatasetReference): Fault[] {
  return SEQUENCE_FIELD_NAMES.filter((field) => data[field] !== undefined).map((field) => ({
    pointer: `/data/${field}`,
    detail: 'Must be left out of a job on text, as it is of sequences',
    value: data[field],
  }))
}
