import type { TextUnit } from '../text_unit.ts'
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
  /**
   * Loss (nats or mean squared error) and accuracy of the best answer that remembers nothing; of a forecast, of the newest season
   * repeated. Some tasks compute it when it is read: tenths of a second for 100,000 steps, which admission has no use for.
   */
  readonly chance: {
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

/** What must be known of an uploaded data set to train on it. */
export interface DatasetShape {
  characters: number
  /** Of which `symbols` are counted; a character unless given. */
  unit?: TextUnit | undefined
  /** As many as characters unless given. */
  symbols?: number | undefined
  vocabulary_size: number
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
