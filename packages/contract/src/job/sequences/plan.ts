import type { DatasetReference, ProblemName, ReadoutName } from '../sections/data.ts'
import type { Fault } from '../../schema/fault.ts'
import type { DatasetField } from '../../wire/dataset.ts'
import type { RegressionLoss } from '../sections/loss.ts'
import { chooseFields, chooseInitialState, chooseMask, chooseProblem, chooseTargets } from './choice.ts'
import { dataFaults } from './data_faults.ts'
import type { SequencesShape } from './fields.ts'
import { KINDS } from './kinds.ts'
import { splitPlan, type SplitPlan } from './split.ts'

/** What a job learns of a data set of sequences: what its `data` says, and what it leaves to the fields of the data set. */
export interface SequencesPlan {
  problem: ProblemName
  inputs: readonly DatasetField[]
  /** What is answered: one field, or those of a forecast. */
  targets: readonly DatasetField[]
  /** Inputs that are masked, each with a further input that says whether it was observed. */
  masked: readonly DatasetField[]
  /** What says which steps count; all do where it is undefined. */
  mask?: DatasetField | undefined
  /** What says from which state each sequence begins; all from that of the network where it is undefined. */
  initialState?: DatasetField | undefined
  readout: ReadoutName
  /** Names of the classes, or of the symbols; null where numbers are answered. */
  classes: readonly string[] | null
  /** Numbers of one target. */
  width: number
  /** Steps ahead that are answered; 1 but for a forecast. */
  horizon: number
  season: number
  split: SplitPlan
  normalise: 'standard' | 'minmax' | 'none'
  missing: 'refuse' | 'mask' | 'impute'
  balanced: boolean
  /** Null for classes and labels, which have one loss. */
  loss: RegressionLoss | null
  /** Steps of each sequence that count; Infinity where all do. */
  maxLength: number
  /** Steps of the longest sequence as far as they count. */
  longest: number
  /** Steps that batches are padded to, ascending. */
  buckets: readonly number[]
}

/** A plan, or what is wrong with what a job asks of a data set. */
export type Planned = { plan: SequencesPlan } | { faults: Fault[] }

/** What a job learns of a data set, or every fault of its `data` that can be found. */
export function planSequences(data: DatasetReference, shape: SequencesShape): Planned {
  const masked = chooseMask(data, shape.fields)
  if ('faults' in masked) return masked
  const { mask } = masked
  const begun = chooseInitialState(data, shape.fields)
  if ('faults' in begun) return begun
  const { initialState } = begun
  const named = chooseFields(
    data,
    shape.fields.filter((field) => field !== mask && field !== initialState),
  )
  if ('faults' in named) return named
  const { inputs, target } = named
  const problem = data.problem ?? chooseProblem(inputs, target, shape)
  const targets = chooseTargets(data, problem, inputs, target)
  const split = splitPlan(data, shape, problem === 'forecast')
  const maxLength = data.max_length ?? Infinity
  const longest = Math.min(shape.lengths.max, maxLength)
  const faults = [
    ...dataFaults(data, { problem, inputs, targets, longest }),
    ...('faults' in split ? split.faults : []),
  ]
  if (faults.length > 0 || 'faults' in split) return { faults }
  const missing = data.missing ?? 'refuse'
  const [first] = targets
  const { reads, readouts } = KINDS[problem]
  const readout = data.readout ?? readouts[0]!
  return {
    plan: {
      problem,
      inputs,
      targets,
      mask,
      initialState,
      masked: missing === 'mask' ? inputs.filter((field) => field.missing > 0) : [],
      readout,
      classes: reads === 'categories' ? (first?.categories ?? []).map(({ value }) => value) : null,
      width: reads === 'categories' ? 1 : targets.reduce((sum, { width }) => sum + width, 0),
      horizon: data.horizon ?? 1,
      season: data.season ?? 1,
      split: split.plan,
      normalise: data.normalise ?? 'standard',
      missing,
      balanced: data.class_weights === 'balanced',
      loss: chooseLoss(data, readout),
      maxLength,
      longest,
      buckets: data.bucket_lengths ?? listHalves(longest, shape.lengths.min),
    },
  }
}

export function chooseLoss(data: DatasetReference, readout: ReadoutName): RegressionLoss | null {
  if (readout !== 'identity') return null
  if (data.loss === 'huber') return { kind: 'huber', delta: data.huber_delta ?? 1 }
  if (data.loss === 'quantile') return { kind: 'quantile', quantiles: data.quantiles ?? [0.1, 0.5, 0.9] }
  return { kind: data.loss === 'mae' ? 'mae' : 'mse' }
}

/** The longest and halves of it, down to the shortest: padding is less than the sequence. At most 4, as each is a graph of its own. */
export function listHalves(longest: number, shortest: number): readonly number[] {
  const lengths = [longest]
  while (lengths.length < 4 && Math.ceil(lengths[0]! / 2) >= Math.max(shortest, 2))
    lengths.unshift(Math.ceil(lengths[0]! / 2))
  return lengths
}
