// The recipes of the bank and the figures that several rows are measured by.

import {
  countSequences,
  measureLongestCount,
  measureShare,
  readResult,
  scoreLastClass,
  scoreOuterSymbol,
  scoreSpike,
} from './measures.ts'
import type { Figure, Recipe } from './row.ts'

/** Re-implementations in NumPy of the tasks of the 1990s, with seeds; small networks and budgets. */
export const SP = 'schmidhuber-problems'
export const HS97 = 'Hochreiter and Schmidhuber 1997'

export const CLIP = (threshold: number): object => ({ policy: 'norm', threshold })
export const ADAM = (learning_rate: number): object => ({ type: 'adam', learning_rate })
const HALVED = (learning_rate: number, every_steps: number) => ({
  ...ADAM(learning_rate),
  schedule: { type: 'step', every_steps, gamma: 0.5 },
})
/** At this bias σ is 1 and its derivative 0 in float32: the LSTM of 1997, which has no forget gate. */
export const NO_FORGETTING = { forget_bias: 20 }

/** Ends a run once every answer of its evaluation is right. */
export const ALL_RIGHT = { series: 'evaluation_accuracy', above: 0.99999 }

export const adding = (T: number, model: object, max_steps: number, more: object = {}): Recipe => ({
  model,
  data: { task: 'adding' },
  sequence_length: T,
  clipping: CLIP(1),
  optimizer: HALVED(0.005, 1500),
  training: { batch_size: 32, max_steps, evaluate_every: 500, evaluation_batches: 16 },
  ...more,
})

export const temporalOrder = (model: object): Recipe => ({
  model,
  data: { task: 'temporal_order' },
  sequence_length: 50,
  clipping: CLIP(1),
  optimizer: ADAM(0.02),
  training: { batch_size: 32, max_steps: 1500, evaluate_every: 250, evaluation_batches: 16 },
})

export const continualReber = (init: object): Recipe => ({
  model: { cell: 'lstm', hidden_size: 12, init },
  data: { task: 'reber', continual: true },
  sequence_length: 3000,
  bptt: { mode: 'truncated', k1: 75 },
  clipping: CLIP(5 / 75), // the source's 5 is of a sum over the steps, ours of their mean
  optimizer: ADAM(0.01),
  training: { batch_size: 1, max_steps: 2000, evaluate_every: 0, evaluation_batches: 1 },
})

export const noiseFreeLag = (data: { lag: number; loss: string }, training: object, rate: number): Recipe => ({
  model: { cell: 'lstm', hidden_size: 16, init: { forget_bias: 5 } },
  data: { task: 'noise_free_lag', ...data },
  sequence_length: data.lag + 1,
  clipping: CLIP(1),
  optimizer: ADAM(rate),
  training: { evaluate_every: 10, evaluation_batches: 4, target: ALL_RIGHT, ...training },
})

export const counting = (
  letters: number,
  hidden_size: number,
  { max_steps, threshold }: { max_steps: number; threshold: number },
): Recipe => ({
  model: { cell: 'lstm_peephole', hidden_size, peephole: 'diagonal' },
  data: { task: 'counting', letters },
  sequence_length: 1 + 10 * letters,
  clipping: CLIP(threshold),
  optimizer: ADAM(0.01),
  training: { batch_size: 1, max_steps, evaluate_every: 0, evaluation_batches: 16 },
})

export const timing = (model: object): Recipe => ({
  model,
  data: { task: 'timing', shortest: 30, longest: 60 },
  sequence_length: 150,
  clipping: CLIP(2 / 150), // the source's 1 is of half the sum of squares over the steps, ours of their mean
  optimizer: { ...ADAM(0.005), schedule: { type: 'cosine' } },
  training: { batch_size: 32, max_steps: 6000, evaluate_every: 0 },
})

export const agreement = (model: object, max_steps: number): Recipe => ({
  model,
  data: { task: 'agreement', attractors: 3 },
  sequence_length: 60,
  clipping: CLIP(1),
  optimizer: ADAM(0.01),
  training: { batch_size: 32, max_steps, evaluate_every: 500, evaluation_batches: 16 },
})

export const copy = (init: object): Recipe => ({
  model: { cell: 'lstm', hidden_size: 64, init },
  data: { task: 'copy' },
  sequence_length: 120,
  clipping: CLIP(1),
  optimizer: ADAM(0.01),
  training: {
    batch_size: 20,
    max_steps: 5000,
    evaluate_every: 250,
    evaluation_batches: 8,
    target: { series: 'evaluation_loss', below: 0.1 },
  },
})

export const MSE = (rule: Figure['rule'], published: string, source: string): Figure => ({
  name: 'mean squared error',
  measure: readResult('evaluation_loss'),
  rule,
  published,
  source,
})
export const accuracy = (rule: Figure['rule'], published: string, source: string): Figure => ({
  name: 'share of right answers',
  measure: readResult('evaluation_accuracy'),
  rule,
  published,
  source,
})
export const sequences = (within: number, of: number, published: string, source: string): Figure => ({
  name: 'sequences until all held-out answers are right',
  measure: countSequences,
  rule: { below: within + 1, of },
  published,
  source,
})
export const outer = (rule: Figure['rule'], published: string): Figure => ({
  name: 'share of right T and P at the last but one place',
  measure: measureShare(scoreOuterSymbol, 10),
  rule,
  published,
  source: `${SP}; after Gers, Schmidhuber and Cummins 2000`,
})
export const longest = (letters: number, rule: Figure['rule'], published: string): Figure => ({
  name: 'largest n up to 100 to which all strings are right; trained to 10',
  measure: measureLongestCount(letters, 100),
  rule,
  published,
  source: `${SP}; after Gers and Schmidhuber 2001`,
})
export const exactSpikes = (published: string): Figure => ({
  name: 'share of spikes at the exact step',
  measure: measureShare(scoreSpike, 100),
  rule: { above: 0.6 },
  published,
  source: `${SP}; after Gers, Schraudolph and Schmidhuber 2002`,
})
export const agreementFigures = (trained: Figure['rule'], untrained: Figure['rule']): Figure[] => [
  accuracy(
    trained,
    'LSTM ≥ 0.98 wanted; no published figure of this grammar',
    'after Linzen, Dupoux and Goldberg 2016',
  ),
  {
    name: 'share of right answers with 6 attractors in up to 80 words, never trained',
    measure: measureShare(scoreLastClass, 100, { data: { attractors: 6 }, sequence_length: 80 }),
    rule: untrained,
    published: 'no published figure of this grammar',
    source: 'after Linzen, Dupoux and Goldberg 2016',
  },
]
