// Rows of which each shows what one thing is worth, beside a row without it: how far the gradient reaches back, a curriculum, a
// linear recurrence.

import { readDigits, readPermutedDigits } from './digits.ts'
import { accuracy, ADAM, CLIP, copy, HS97, noiseFreeLag, sequences, temporalOrder } from './recipes.ts'
import type { Figure, Recipe, Row } from './row.ts'
import { readResult } from './measures.ts'

const UNPUBLISHED = 'no published figure of this recipe'

const echo = (bptt: object): Recipe => ({
  model: { cell: 'lstm', hidden_size: 32 },
  data: { task: 'delayed_echo', lag: 10 },
  sequence_length: 100,
  bptt: { k1: 5, ...bptt },
  clipping: CLIP(1),
  optimizer: ADAM(0.005),
  training: { batch_size: 32, max_steps: 2500, evaluate_every: 500, evaluation_batches: 4 },
})

const parity = (curriculum: object | null): Recipe => ({
  model: { cell: 'lstm', hidden_size: 16 },
  data: { task: 'parity' },
  sequence_length: 50,
  clipping: CLIP(1),
  optimizer: ADAM(0.01),
  training: { batch_size: 32, max_steps: 3000, evaluate_every: 500, evaluation_batches: 16, curriculum },
})

const DIGITS: Recipe = {
  model: { cell: 'gru', hidden_size: 128 },
  data: { split: { validation: 0.1, test: 0.2 } },
  sequence_length: 64,
  clipping: CLIP(1),
  optimizer: { ...ADAM(0.005), schedule: { type: 'cosine', warmup_steps: 50 } },
  training: { batch_size: 64, max_steps: 2000, evaluate_every: 0 },
}
const digitsAccuracy = (above: number): Figure => ({
  name: 'accuracy on 359 test images',
  measure: readResult('test_accuracy'),
  rule: { above },
  published: 'of 28 × 28 pixels, 784 steps: 0.872 in order, 0.857 permuted with an `lstm`; none of 8 × 8',
  source: 'Bai, Kolter and Koltun 2018',
})

const order = (more: object): Recipe => ({
  ...temporalOrder({ cell: 'rnn', hidden_size: 32, init: { recurrent: 'normal', std: 0.1 } }),
  optimizer: ADAM(0.003),
  training: {
    batch_size: 32,
    max_steps: 1500,
    evaluate_every: 50,
    evaluation_batches: 16,
    target: { series: 'evaluation_accuracy', above: 0.99 },
  },
  ...more,
})

const LRU = { cell: 'lru', init: { r_min: 0.9, r_max: 0.999 } }
const ORVIETO = 'cell of Orvieto et al. 2023'

export const CONTRASTS: readonly Row[] = [
  {
    name: 'echo_10_truncated',
    title: 'echo after 10 steps, `lstm` of 32, truncated at `k2` = 5',
    spec: echo({ mode: 'truncated' }),
    seeds: 3,
    figures: [accuracy({ below: 0.7 }, `0.5, chance; ${UNPUBLISHED}`, 'after Aicher, Foti and Fox 2019')],
    notes:
      'No gradient says to keep a symbol for ten steps. What is above chance was there before: the read-out alone, trained on a cell that stays as it begins (`freeze` of `layers.0`), comes to 0.63 … 0.65 from the same seeds. The row was held to 0.55 before this was measured.',
  },
  {
    name: 'echo_10_adaptive',
    title: 'echo after 10 steps, `lstm` of 32, `k2` by a bound of 0.5 on the bias',
    spec: echo({ mode: 'adaptive', bias_bound: 0.5 }),
    seeds: 3,
    figures: [accuracy({ above: 0.99 }, UNPUBLISHED, 'after Aicher, Foti and Fox 2019')],
  },
  {
    name: 'echo_10_randomised',
    title: 'echo after 10 steps, `lstm` of 32, cut at each 5th step with probability 0.3',
    spec: echo({ mode: 'randomised', truncation_probability: 0.3 }),
    seeds: 3,
    figures: [accuracy({ above: 0.99 }, UNPUBLISHED, 'after Tallec and Ollivier 2017')],
  },
  {
    name: 'parity_50_whole',
    title: 'parity, T = 50, `lstm` of 16',
    spec: parity(null),
    seeds: 3,
    figures: [accuracy({ below: 0.55 }, `0.5, chance; ${UNPUBLISHED}`, 'sequences as in Graves 2016')],
  },
  {
    name: 'parity_50_curriculum',
    title: 'parity, T = 50, `lstm` of 16, sequences from 4 steps on that grow when they are solved',
    spec: parity({
      start_length: 4,
      increment: 2,
      every_steps: 50,
      when: { series: 'evaluation_accuracy', above: 0.95 },
    }),
    seeds: 3,
    figures: [accuracy({ above: 0.99 }, UNPUBLISHED, 'sequences as in Graves 2016')],
  },
  {
    name: 'temporal_order_50_lru',
    title: 'temporal order, T = 50, `lru` of 32',
    spec: { ...temporalOrder({ ...LRU, hidden_size: 32 }), optimizer: ADAM(0.003) },
    seeds: 5,
    figures: [accuracy({ above: 0.99 }, UNPUBLISHED, ORVIETO)],
  },
  {
    name: 'noise_free_lag_50_lru',
    title: 'noise-free lag of 50, `lru` of 16',
    spec: {
      ...noiseFreeLag({ lag: 50, loss: 'last' }, { batch_size: 8, max_steps: 630 }, 0.01),
      model: { ...LRU, hidden_size: 16 },
    },
    seeds: 5,
    figures: [sequences(5040, 5, UNPUBLISHED, ORVIETO)],
  },
  {
    name: 'copy_100_lru',
    title: 'copy, T = 100, `lru` of 64',
    spec: {
      ...copy({}),
      model: { ...LRU, hidden_size: 64 },
      optimizer: ADAM(0.003),
      training: { batch_size: 20, max_steps: 1500, evaluate_every: 250, evaluation_batches: 8 },
    },
    seeds: 3,
    figures: [
      {
        name: 'cross-entropy, nats',
        measure: readResult('evaluation_loss'),
        rule: { below: 0.05 },
        published: `0.1733, the plateau of networks that remember nothing; ${UNPUBLISHED}`,
        source: `plateau of Arjovsky, Shah and Bengio 2016; ${ORVIETO}`,
      },
    ],
  },
  {
    name: 'digits',
    title: 'digits of 64 pixels, one a step, `gru` of 128',
    spec: DIGITS,
    file: readDigits,
    seeds: 5,
    figures: [digitsAccuracy(0.95)],
  },
  {
    name: 'digits_permuted',
    title: 'digits of 64 pixels in an order drawn once, `gru` of 128',
    spec: DIGITS,
    file: readPermutedDigits,
    seeds: 5,
    figures: [digitsAccuracy(0.9)],
    notes: 'Pixels that lie side by side are read far apart. The rule was set before the row was run.',
  },
  {
    name: 'temporal_order_50_rnn_32',
    title: 'temporal order, T = 50, `rnn` of 32, `Wh` N(0, 0.1²)',
    spec: order({}),
    seeds: 3,
    figures: [accuracy({ below: 0.4 }, `0.25, chance; ${UNPUBLISHED}`, HS97)],
  },
  {
    name: 'temporal_order_50_flossing',
    title: 'temporal order, T = 50, `rnn` of 32, `Wh` N(0, 0.1²), with gradient flossing',
    spec: order({ regularise: { flossing: { exponents: 8, before: 100 } } }),
    seeds: 3,
    figures: [accuracy({ above: 0.99 }, UNPUBLISHED, 'after Engelken 2023')],
    notes:
      'A run of this row, and of the one without flossing, ends when it has the task solved: the rate of Adam is constant, and of three runs of 1,000 updates that go on after it two are below 0.99 again at their end.',
  },
]
