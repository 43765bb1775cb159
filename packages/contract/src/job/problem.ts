import type { TextUnit } from '../text_unit.ts'
import { EVALUATED_NAMES, type EvaluatedName } from '../metrics.ts'
import type { Data, ProblemName, TaskData, TaskName } from './sections/data.ts'
import type { RegressionLoss } from './sections/loss.ts'

/** What a task or data set asks of a network: shapes of input and output, and what is known about its difficulty. */
export interface Problem {
  /** Real vectors of X components, or one of `size` symbols, at every time step. */
  inputs: { kind: 'vectors' | 'symbols'; size: number }
  /** Softmax over classes, independent sigmoids, or real values. */
  readout: {
    kind: 'softmax' | 'sigmoid' | 'identity'
    size: number
    /** identity: how far off an answer is; squared error unless given. */
    loss?: RegressionLoss
    /** softmax: how much a target of each class weighs in the loss of training; 1 unless given. */
    classWeights?: readonly number[]
  }
  /** A target at every time step, or one after the last. */
  mode: 'many_to_many' | 'many_to_one'
  /** Loss (nats or mean squared error) and accuracy of the best answer that remembers nothing; of a forecast, of the newest season repeated. */
  chance: {
    loss: number
    accuracy: number | null
    /** Of a forecast: the loss where the mean of training is answered. */
    mean_loss?: number
    /** Errors in the units of the data, where numbers of a data set are answered. */
    mae?: number
    rmse?: number
  }
  /** Time steps between the first input that matters and the output that needs it; 0 where nothing is known. */
  lag: number
  /** The shortest sequence the task can be posed on. */
  minimumLength: number
}

const TEMPORAL_ORDER_SYMBOLS = 8 // E, B, four distractors, X, Y

const PROBLEMS: { [Name in TaskName]: (data: Extract<TaskData, { task: Name }>, T: number) => Problem } = {
  adding: ({ range }, T) => ({
    inputs: { kind: 'vectors', size: 2 },
    readout: { kind: 'identity', size: 1 },
    mode: 'many_to_one',
    chance: { loss: range === 'symmetric' ? 2 / 3 : 1 / 6, accuracy: null },
    lag: T - 1,
    minimumLength: 2,
  }),
  temporal_order: ({ symbols }, T) => ({
    inputs: { kind: 'symbols', size: TEMPORAL_ORDER_SYMBOLS },
    readout: { kind: 'softmax', size: 2 ** symbols },
    mode: 'many_to_one',
    chance: { loss: symbols * Math.LN2, accuracy: 1 / 2 ** symbols },
    lag: T - Math.floor(T / 10),
    minimumLength: 10 * symbols,
  }),
  copy: ({ symbols, length }, T) => ({
    inputs: { kind: 'symbols', size: symbols + 2 },
    readout: { kind: 'softmax', size: symbols + 1 },
    mode: 'many_to_many',
    chance: { loss: (length * Math.log(symbols)) / T, accuracy: (T - length + length / symbols) / T },
    lag: T - length,
    minimumLength: 2 * length + 1,
  }),
  noise_free_lag: ({ lag }) => ({
    inputs: { kind: 'symbols', size: lag + 2 },
    readout: { kind: 'softmax', size: 2 },
    mode: 'many_to_one',
    chance: { loss: Math.LN2, accuracy: 1 / 2 },
    lag,
    minimumLength: lag + 1,
  }),
}

/** What must be known of an uploaded data set to train on it. */
export interface DatasetShape {
  characters: number
  /** Of which `symbols` are counted; a character unless given. */
  unit?: TextUnit | undefined
  /** As many as characters unless given. */
  symbols?: number | undefined
  vocabulary_size: number
}

/** The problem of a built-in task on sequences of T steps. */
export function taskProblem(data: TaskData, T: number): Problem {
  const pose = PROBLEMS[data.task] as (data: TaskData, T: number) => Problem
  return pose(data, T)
}

/** Next-symbol prediction on a text of `vocabulary_size` distinct symbols. */
export function textProblem({ vocabulary_size }: DatasetShape): Problem {
  const size = Math.max(1, vocabulary_size)
  return {
    inputs: { kind: 'symbols', size },
    readout: { kind: 'softmax', size },
    mode: 'many_to_many',
    chance: { loss: Math.log(size), accuracy: 1 / size },
    lag: 0,
    minimumLength: 1,
  }
}

/** What an evaluation measures beside the loss, by what is learned of a data set. */
const MEASURED: Readonly<Record<ProblemName | 'text', readonly EvaluatedName[]>> = {
  text: ['evaluation_accuracy', 'evaluation_perplexity', 'evaluation_bits_per_character'],
  next_symbol: ['evaluation_accuracy', 'evaluation_perplexity', 'evaluation_bits_per_character'],
  classification: ['evaluation_accuracy', 'evaluation_macro_f1'],
  sequence_labels: ['evaluation_accuracy', 'evaluation_macro_f1'],
  multi_label: ['evaluation_accuracy', 'evaluation_macro_f1'],
  regression: ['evaluation_mae', 'evaluation_rmse'],
  forecast: ['evaluation_mae', 'evaluation_rmse'],
}

/** What a series must be to be measured on some data, as it never will be; undefined when it will, or the data set must be looked at. */
export function unmeasured(data: Data, series: string): string | undefined {
  if (usesDataset(data)) {
    const { validation_fraction, split } = data
    const isHeldOut =
      split?.validation === undefined ? split !== undefined || validation_fraction > 0 : split.validation > 0
    return isHeldOut ? undefined : explainNothingHeldOut(series)
  }
  const { chance } = taskProblem(data, 1) // sequences of any length have classes, or none
  if (series.endsWith('accuracy'))
    return chance.accuracy === null ? `a loss, as task "${data.task}" has no classes` : undefined
  return series === 'loss' || series === 'evaluation_loss'
    ? undefined
    : 'a loss or an accuracy, as more is measured of data sets alone'
}

function explainNothingHeldOut(series: string): string | undefined {
  return series.startsWith('evaluation') ? 'measured in training, as nothing is held out for evaluation' : undefined
}

/**
 * What a series must be to be measured of what is learned of a data set; undefined where it is.
 *
 * @param isHeldOut whether anything is held out for evaluation
 */
export function explainUnmeasured(problem: ProblemName | 'text', series: string, isHeldOut = true): string | undefined {
  const none = isHeldOut ? undefined : explainNothingHeldOut(series)
  if (none !== undefined) return none
  const measured: readonly string[] = ['loss', 'evaluation_loss', ...MEASURED[problem]]
  const hasClasses = measured.includes('evaluation_accuracy')
  if (measured.includes(series) || (series === 'accuracy' && hasClasses)) return undefined
  const known = [
    'loss',
    ...(hasClasses ? ['accuracy'] : []),
    ...EVALUATED_NAMES.filter((name) => measured.includes(name)),
  ]
  return `one of ${known.join(', ')}, which problem "${problem === 'text' ? 'next_symbol' : problem}" has`
}

/** True when the job trains on an uploaded data set. */
export function usesDataset(data: Data): data is Extract<Data, { dataset: string }> {
  return 'dataset' in data
}
