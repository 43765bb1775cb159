// The acceptance bank: each task of the literature with its recipe, its seeds, and the published figure that ours stands beside.

import {
  countSequences,
  measureLongestCount,
  measureShare,
  readResult,
  scoreLastClass,
  scoreOuterSymbol,
  scoreSpike,
} from './measures.ts'
import type { Figure, Recipe, Row } from './row.ts'

/** Re-implementations in NumPy of the tasks of the 1990s, with seeds; small networks and budgets. */
const SP = 'schmidhuber-problems'
const HS97 = 'Hochreiter and Schmidhuber 1997'

const CLIP = (threshold: number) => ({ policy: 'norm', threshold })
const ADAM = (learning_rate: number) => ({ type: 'adam', learning_rate })
const HALVED = (learning_rate: number, every_steps: number) => ({
  ...ADAM(learning_rate),
  schedule: { type: 'step', every_steps, gamma: 0.5 },
})
/** At this bias σ is 1 and its derivative 0 in float32: the LSTM of 1997, which has no forget gate. */
const NO_FORGETTING = { forget_bias: 20 }

/** Ends a run once every answer of its evaluation is right. */
const ALL_RIGHT = { series: 'evaluation_accuracy', above: 0.99999 }

const adding = (T: number, model: object, max_steps: number, more: object = {}): Recipe => ({
  model,
  data: { task: 'adding' },
  sequence_length: T,
  clipping: CLIP(1),
  optimizer: HALVED(0.005, 1500),
  training: { batch_size: 32, max_steps, evaluate_every: 500, evaluation_batches: 16 },
  ...more,
})

const temporalOrder = (model: object): Recipe => ({
  model,
  data: { task: 'temporal_order' },
  sequence_length: 50,
  clipping: CLIP(1),
  optimizer: ADAM(0.02),
  training: { batch_size: 32, max_steps: 1500, evaluate_every: 250, evaluation_batches: 16 },
})

const continualReber = (init: object): Recipe => ({
  model: { cell: 'lstm', hidden_size: 12, init },
  data: { task: 'reber', continual: true },
  sequence_length: 3000,
  bptt: { mode: 'truncated', k1: 75 },
  clipping: CLIP(5),
  optimizer: ADAM(0.01),
  training: { batch_size: 1, max_steps: 2000, evaluate_every: 0, evaluation_batches: 1 },
})

const counting = (letters: number, hidden_size: number, max_steps: number): Recipe => ({
  model: { cell: 'lstm_peephole', hidden_size, peephole: 'diagonal' },
  data: { task: 'counting', letters },
  sequence_length: 1 + 10 * letters,
  clipping: CLIP(1),
  optimizer: ADAM(0.01),
  training: { batch_size: 1, max_steps, evaluate_every: 0, evaluation_batches: 16 },
})

const timing = (model: object): Recipe => ({
  model,
  data: { task: 'timing', shortest: 30, longest: 60 },
  sequence_length: 150,
  clipping: CLIP(1),
  optimizer: HALVED(0.005, 1500),
  training: { batch_size: 32, max_steps: 3000, evaluate_every: 0 },
})

const agreement = (model: object): Recipe => ({
  model,
  data: { task: 'agreement', attractors: 3 },
  sequence_length: 20,
  clipping: CLIP(1),
  optimizer: ADAM(0.005),
  training: { batch_size: 32, max_steps: 2000, evaluate_every: 500, evaluation_batches: 16 },
})

const copy = (init: object): Recipe => ({
  model: { cell: 'lstm', hidden_size: 64, init },
  data: { task: 'copy' },
  sequence_length: 120,
  clipping: CLIP(1),
  optimizer: ADAM(0.005),
  training: { batch_size: 20, max_steps: 3000, evaluate_every: 250, evaluation_batches: 8 },
})

const MSE = (rule: Figure['rule'], published: string, source: string): Figure => ({
  name: 'mean squared error',
  measure: readResult('evaluation_loss'),
  rule,
  published,
  source,
})
const accuracy = (rule: Figure['rule'], published: string, source: string): Figure => ({
  name: 'share of right answers',
  measure: readResult('evaluation_accuracy'),
  rule,
  published,
  source,
})
const sequences = (within: number, of: number, published: string, source: string): Figure => ({
  name: 'sequences until all held-out answers are right',
  measure: countSequences,
  rule: { below: within + 1, of },
  published,
  source,
})
const outer = (rule: Figure['rule'], published: string): Figure => ({
  name: 'share of right T and P at the last but one place',
  measure: measureShare(scoreOuterSymbol, 10),
  rule,
  published,
  source: `${SP}; after Gers, Schmidhuber and Cummins 2000`,
})
const longest = (letters: number, rule: Figure['rule'], published: string): Figure => ({
  name: 'largest n up to 100 to which all strings are right; trained to 10',
  measure: measureLongestCount(letters, 100),
  rule,
  published,
  source: `${SP}; after Gers and Schmidhuber 2001`,
})
const exactSpikes = (published: string): Figure => ({
  name: 'share of spikes at the exact step',
  measure: measureShare(scoreSpike, 100),
  rule: { above: 0.6 },
  published,
  source: `${SP}; after Gers, Schraudolph and Schmidhuber 2002`,
})
const agreementFigures = (trained: Figure['rule'], untrained: Figure['rule']): Figure[] => [
  accuracy(trained, 'LSTM ≥ 0.98 wanted; no published figure of this grammar', 'after Linzen, Dupoux and Goldberg 2016'),
  {
    name: 'share of right answers with 6 attractors in up to 40 words, never trained',
    measure: measureShare(scoreLastClass, 100, { data: { attractors: 6 }, sequence_length: 40 }),
    rule: untrained,
    published: 'no published figure of this grammar',
    source: 'after Linzen, Dupoux and Goldberg 2016',
  },
]

export const ROWS: readonly Row[] = [
  {
    name: 'adding_100_lstm',
    title: 'adding, T = 100, `lstm` of 8',
    spec: adding(100, { cell: 'lstm', hidden_size: 8 }, 8000),
    seeds: 5,
    figures: [MSE({ below: 0.04, of: 4 }, '0.0007; 5 of 5 below 0.04, the worst 0.0046', SP)],
  },
  {
    name: 'adding_100_rnn',
    title: 'adding, T = 100, `rnn` of 8',
    spec: adding(100, { cell: 'rnn', hidden_size: 8 }, 8000),
    seeds: 5,
    figures: [
      MSE({ timesMoreThan: { row: 'adding_100_lstm', factor: 10 } }, '0.0706, at least 10 times that of the LSTM', SP),
    ],
  },
  {
    name: 'adding_400_lstm',
    title: 'adding, T = 400, `lstm` of 8',
    spec: adding(400, { cell: 'lstm', hidden_size: 8, init: { chrono_t_max: 400 } }, 4000),
    seeds: 5,
    figures: [MSE({ below: 0.04, of: 4 }, 'T = 500: no error above 0.04 in 2560 after 209,000 sequences', HS97)],
  },
  {
    name: 'temporal_order_50_lstm',
    title: 'temporal order, T = 50, `lstm` of 4 without forgetting',
    spec: temporalOrder({ cell: 'lstm', hidden_size: 4, init: NO_FORGETTING }),
    seeds: 5,
    figures: [accuracy({ above: 0.99 }, '1; 5 of 5', SP)],
  },
  {
    name: 'temporal_order_50_rnn',
    title: 'temporal order, T = 50, `rnn` of 4',
    spec: temporalOrder({ cell: 'rnn', hidden_size: 4 }),
    seeds: 5,
    figures: [accuracy({ below: 0.35 }, '0.25, chance', SP)],
  },
  {
    name: 'embedded_reber',
    title: 'embedded Reber grammar, `lstm` of 8, sequence by sequence',
    spec: {
      model: { cell: 'lstm', hidden_size: 8 },
      data: { task: 'reber' },
      sequence_length: 40,
      clipping: CLIP(5),
      optimizer: ADAM(0.01),
      training: { batch_size: 1, max_steps: 12_000, evaluate_every: 250, evaluation_batches: 256, target: ALL_RIGHT },
    },
    seeds: 10,
    figures: [
      sequences(12_000, 9, '10 of 10, mean 4,800 (2,500 to 8,000); 8,440 in 1997', `${SP}; ${HS97}, experiment 1`),
    ],
  },
  {
    name: 'continual_reber_lstm',
    title: 'continual Reber grammar, `lstm` of 12',
    spec: continualReber({}),
    seeds: 5,
    figures: [outer({ above: 0.95 }, '0.997; 5 of 5, the worst 0.983')],
  },
  {
    name: 'continual_reber_no_forgetting',
    title: 'continual Reber grammar, `lstm` of 12 without forgetting',
    spec: continualReber(NO_FORGETTING),
    seeds: 5,
    figures: [outer({ below: 0.7 }, '0.55, chance')],
  },
  {
    name: 'noise_free_lag_50',
    title: 'noise-free lag of 50, `lstm` of 16, sequence by sequence',
    spec: {
      model: { cell: 'lstm', hidden_size: 16, init: { forget_bias: 5 } },
      data: { task: 'noise_free_lag', lag: 50, loss: 'every_step' },
      sequence_length: 51,
      clipping: CLIP(1),
      optimizer: ADAM(0.02),
      training: { batch_size: 1, max_steps: 5040, evaluate_every: 20, evaluation_batches: 16, target: ALL_RIGHT },
    },
    seeds: 10,
    figures: [
      sequences(5040, 9, '10 of 10, median 400; lag 100: 5,040 in 1997', `${SP}; ${HS97}, experiment 2a`),
    ],
  },
  {
    name: 'multiplication_30_lstm',
    title: 'multiplication, T = 30, `lstm` of 8',
    spec: {
      ...adding(30, { cell: 'lstm', hidden_size: 8 }, 4000),
      data: { task: 'multiplication' },
      optimizer: ADAM(0.005),
    },
    seeds: 5,
    figures: [MSE({ below: 0.03, of: 3 }, '3 of 5 below 0.03; T = 100: 0.0223 after 482,000 sequences', `${SP}; ${HS97}, experiment 5`)],
  },
  {
    name: 'timing_peephole',
    title: 'timing of spikes, intervals of 30 to 60, `lstm_peephole` of 8',
    spec: timing({ cell: 'lstm_peephole', hidden_size: 8, peephole: 'diagonal' }),
    seeds: 5,
    figures: [exactSpikes('0.881, mean of 7; without peepholes 0.873')],
  },
  {
    name: 'timing_lstm',
    title: 'timing of spikes, intervals of 30 to 60, `lstm` of 8',
    spec: timing({ cell: 'lstm', hidden_size: 8 }),
    seeds: 5,
    figures: [exactSpikes('0.873, mean of 7')],
  },
  {
    name: 'anbn',
    title: 'aⁿbⁿ, n = 1 … 10, `lstm_peephole` of 2',
    spec: counting(2, 2, 10_000),
    seeds: 5,
    figures: [longest(2, { above: 39, of: 4 }, '65 and more, median 100; 5 of 5')],
  },
  {
    name: 'anbncn',
    title: 'aⁿbⁿcⁿ, n = 1 … 10, `lstm_peephole` of 3',
    spec: counting(3, 3, 20_000),
    seeds: 5,
    figures: [longest(3, { above: 17, of: 4 }, '18 to 29, median 24')],
  },
  {
    name: 'copy_100_chrono',
    title: 'copy, T = 100, `lstm` of 64, chrono initialisation',
    spec: copy({ chrono_t_max: 150 }),
    seeds: 5,
    figures: [
      {
        name: 'cross-entropy, nats',
        measure: readResult('evaluation_loss'),
        rule: { below: 0.15 },
        published: 'leaves the plateau of 0.1733, which b_f = 1 does not (T = 500 and 2000)',
        source: 'Tallec and Ollivier 2018; plateau of Arjovsky, Shah and Bengio 2016',
      },
    ],
  },
  {
    name: 'agreement_lstm',
    title: 'agreement over 3 attractors, `lstm` of 16',
    spec: agreement({ cell: 'lstm', hidden_size: 16 }),
    seeds: 5,
    figures: agreementFigures({ above: 0.98 }, { above: 0.95 }),
  },
  {
    name: 'agreement_gru',
    title: 'agreement over 3 attractors, `gru` of 16',
    spec: agreement({ cell: 'gru', hidden_size: 16 }),
    seeds: 5,
    figures: agreementFigures({ above: 0.98 }, { above: 0.95 }),
  },
  {
    name: 'agreement_gru_simple',
    title: 'agreement over 3 attractors, `gru_simple` of 16',
    spec: agreement({ cell: 'gru_simple', hidden_size: 16 }),
    seeds: 5,
    figures: agreementFigures({ above: 0.98 }, { above: 0.95 }),
  },
  {
    name: 'agreement_rnn',
    title: 'agreement over 3 attractors, `rnn` of 16',
    spec: agreement({ cell: 'rnn', hidden_size: 16 }),
    seeds: 5,
    figures: agreementFigures({ below: 0.98, of: 3 }, { below: 0.95, of: 3 }),
  },
  ...(['lstm', 'lstm_peephole'] as const).map((cell): Row => ({
    name: `adding_50_${cell}`,
    title: `adding, T = 50, \`${cell}\` of 12`,
    spec: adding(
      50,
      { cell, hidden_size: 12, ...(cell === 'lstm_peephole' && { peephole: 'diagonal' }) },
      1500,
      { optimizer: ADAM(0.005) },
    ),
    seeds: 3,
    figures: [MSE({ below: 0.04 }, cell === 'lstm' ? '0.0034, median of 3' : '0.0033, median of 3', SP)],
  })),
  {
    name: 'adding_50_no_forgetting',
    title: 'adding, T = 50, `lstm` of 12 without forgetting',
    spec: adding(50, { cell: 'lstm', hidden_size: 12, init: NO_FORGETTING }, 1500, { optimizer: ADAM(0.005) }),
    seeds: 3,
    figures: [MSE({ below: 0.04 }, '0.0036, median of 3', SP)],
  },
]
