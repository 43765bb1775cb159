import {
  planSequences,
  sequencesProblem,
  textProblem,
  type Dataset,
  type DatasetReference,
  type Problem,
  type SequenceDataset,
  type SequencesPlan,
} from '@unroll/client'
import type { Given } from '../form_fields.ts'
import { formatCount } from '../format.ts'

/** Sequences from which on a tenth is enough to evaluate on; of fewer it is a fifth. */
const MANY = 1000
/** Steps of a batch up to which sequences are read whole. */
const LONG = 200
const CUT_TO = 100
const EPOCHS = 40
const STEPS = { least: 300, most: 3000 } as const
/** Evaluations of a run, at least. */
const EVALUATIONS = 15
const EVERY = [200, 100, 50, 20] as const
const TEXT = { T: 50, N: 32, heldOut: 0.1 } as const

/** What a job would learn of a data set, or why it cannot be told. */
export type Learnable =
  | { readonly plan: SequencesPlan; readonly problem: Problem; readonly data: DatasetReference }
  | { readonly faults: readonly { readonly detail: string }[] }

/** What a job learns of sequences unless it says otherwise, missing values masked if there are any. */
export function learnable(dataset: SequenceDataset): Learnable {
  const shared = { dataset: dataset.id, validation_fraction: dataset.sequences < MANY ? 0.2 : 0.1 }
  const refusing = planSequences(shared, dataset)
  const isGap = 'faults' in refusing && refusing.faults.every(({ pointer }) => pointer === '/data/missing')
  const data: DatasetReference = isGap ? { ...shared, missing: 'mask' } : shared
  const planned = isGap ? planSequences(data, dataset) : refusing
  if ('faults' in planned) return planned
  return { plan: planned.plan, problem: sequencesProblem(planned.plan), data }
}

/** A job on a data set to begin with: what it learns, and sizes that suit the data. */
export function suggestJob(dataset: Dataset): Given {
  return dataset.kind === 'text' ? suggestOnText(dataset) : suggestOnSequences(dataset)
}

function suggestOnText({ id, name, characters, symbols = characters }: Extract<Dataset, { kind: 'text' }>): Given {
  const training = Math.floor(symbols * (1 - TEXT.heldOut))
  let [N, T]: [number, number] = [TEXT.N, TEXT.T]
  while (N > 1 && training / N < 4 * T) N /= 2
  T = Math.max(1, Math.min(T, Math.floor(training / N / 2), Math.floor(symbols * TEXT.heldOut) - 1))
  return {
    name: shortenName(name),
    model: { cell: 'lstm', hidden_size: 128 },
    data: { dataset: id, validation_fraction: TEXT.heldOut },
    sequence_length: T,
    optimizer: { type: 'adam', learning_rate: 0.003 },
    training: { batch_size: N, ...stepsFor(training / (N * T), 3) },
  }
}

function suggestOnSequences(dataset: SequenceDataset): Given {
  const found = learnable(dataset)
  const { id, name, sequences } = dataset
  const shared = { name: shortenName(name), model: { cell: 'lstm', hidden_size: 64 } }
  if ('faults' in found) return { ...shared, data: { dataset: id } }
  const { plan, data, problem } = found
  const { by } = plan.split
  const isCutInTime = by !== 'field' && plan.split.inTime
  const T = isCutInTime ? clamp(Math.floor(plan.longest / 8), 2, CUT_TO) : chooseLength(plan, problem)
  const N = isCutInTime && sequences === 1 ? 4 : clamp(2 ** Math.floor(Math.log2(sequences / 4)), 1, 32)
  const batches = isCutInTime ? (dataset.steps * 0.8) / (N * T) : sequences / N
  return {
    ...shared,
    data: {
      dataset: id,
      ...(by !== 'field' && { validation_fraction: data.validation_fraction }),
      problem: plan.problem,
      ...(plan.problem !== 'next_symbol' && plan.targets.length === 1 && { target: plan.targets[0]?.name ?? '' }),
      ...(data.missing !== undefined && { missing: data.missing }),
    },
    sequence_length: T,
    optimizer: { type: 'adam', learning_rate: 0.003 },
    training: { batch_size: N, ...stepsFor(batches, EPOCHS) },
  }
}

/** A single answer needs the whole sequence; else long ones are cut into windows. */
function chooseLength({ longest }: SequencesPlan, { mode }: Problem): number {
  return mode === 'many_to_one' || longest <= LONG ? longest : CUT_TO
}

function stepsFor(batches: number, epochs: number): { max_steps: number; evaluate_every: number } {
  const steps = clamp(Math.round(batches * epochs), STEPS.least, STEPS.most)
  const evaluate_every = EVERY.find((every) => every <= steps / EVALUATIONS) ?? EVERY[3]
  return { max_steps: Math.ceil(steps / evaluate_every) * evaluate_every, evaluate_every }
}

function clamp(value: number, least: number, most: number): number {
  return Math.max(least, Math.min(most, value))
}

/** The name of a file without its end. */
function shortenName(name: string): string {
  return name.replace(/(?<=.)\.\w+$/, '')
}

/** What a job learns of a data set unless it says otherwise, in words; undefined where that must be said. */
export function learningWords(dataset: Dataset): string | undefined {
  if (dataset.kind === 'text')
    return `the next ${dataset.unit ?? 'character'}, one of ${formatCount(textProblem(dataset).readout.size)}`
  const found = learnable(dataset)
  return 'plan' in found ? describePlan(found.plan) : undefined
}

/** `a class for each sequence: label, one of 9`. */
function describePlan({ problem, targets, classes, horizon, inputs }: SequencesPlan): string {
  const named = targets.map(({ name }) => name).join(', ')
  const per = targets[0]?.per === 'step' ? 'at each step' : 'for each sequence'
  const read = inputs.map(({ name, width }) => (width > 1 ? `${name} (${width} numbers)` : name)).join(', ')
  const words: Record<SequencesPlan['problem'], string> = {
    classification: `a class for each sequence: ${named}, one of ${classes?.length ?? 0}`,
    sequence_labels: `a class at each step: ${named}, one of ${classes?.length ?? 0}`,
    multi_label: `labels of 0 and 1 ${per}: ${named}`,
    regression: `numbers ${per}: ${named}`,
    forecast: `the next ${horizon === 1 ? 'value' : `${horizon} values`} of ${named}`,
    next_symbol: `the next symbol, one of ${classes?.length ?? 0}`,
  }
  return problem === 'next_symbol' || read === named ? words[problem] : `${words[problem]}, from ${read}`
}
