// The acceptance bank: each task of the literature with its recipe, its seeds, and the published figure that ours stands beside.

import { CONTRASTS } from './contrasts.ts'
import { readResult } from './measures.ts'
import {
  accuracy,
  ADAM,
  adding,
  agreement,
  agreementFigures,
  ALL_RIGHT,
  CLIP,
  continualReber,
  copy,
  counting,
  exactSpikes,
  HS97,
  longest,
  MSE,
  NO_FORGETTING,
  noiseFreeLag,
  outer,
  sequences,
  SP,
  temporalOrder,
  timing,
} from './recipes.ts'
import type { Row } from './row.ts'

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
    notes:
      'Missed by one seed of five (0.735 with kernels for AVX2, 0.724 for AVX-512), and not for want of a longer stream. Its forget gates are exactly 1 to the end; it has learned to take back what it added, and answers 30,000 symbols as it does 3,000 (0.73). Other seeds: 201 … 212, trained on streams of 75,000 symbols as the source, which never resets the state, are all at chance (0.48 … 0.52), but that seed comes to 0.982; with the initial weights of the source 8 of 8 are below 0.56, but 4 of 8 with a forget gate are below 0.7 as well; with 6,000 updates in place of 2,000 all of 201 … 204 learn it without forgetting (0.996 … 0.998), and answer right behind 80,000 symbols. So the cell without forgetting is slower by a factor of about two (201 … 210 with a forget gate: 0.996 … 1 after 6,000 updates), and does not fail for good: the sources cut the gradient at the gates or squash and clip the state, and this one is trained by Adam on the whole gradient. The row is held to the 2,000 updates of the source. With a threshold of 5, in place of 5/75, the best is 0.804.',
  },
  {
    name: 'noise_free_lag_50',
    title: 'noise-free lag of 50, `lstm` of 16',
    spec: noiseFreeLag({ lag: 50, loss: 'last' }, { batch_size: 8, max_steps: 630 }, 0.01),
    seeds: 10,
    figures: [sequences(5040, 9, '10 of 10, median 400; lag 100: 5,040 in 1997', `${SP}; ${HS97}, experiment 2a`)],
    notes:
      'The loss is that of the last step alone, where the re-implementation gives the last of 51 targets 100 times the weight of the others.',
  },
  {
    name: 'noise_free_lag_10',
    title: 'noise-free lag of 10, `lstm` of 16: the row of the tests',
    spec: noiseFreeLag({ lag: 10, loss: 'last' }, { batch_size: 8, max_steps: 200 }, 0.01),
    seeds: 1,
    figures: [sequences(1600, 1, 'real-time recurrent learning: never', `${HS97}, experiment 2a`)],
  },
  {
    name: 'noise_free_lag_50_every_step',
    title: 'noise-free lag of 50, a target at each step, `lstm` of 16',
    spec: {
      ...noiseFreeLag(
        { lag: 50, loss: 'every_step' },
        { batch_size: 2, max_steps: 2520, evaluate_every: 20, evaluation_batches: 16 },
        0.01,
      ),
      optimizer: { ...ADAM(0.01), beta2: 0.9 },
    },
    seeds: 10,
    figures: [sequences(5040, 9, 'lag 100: 5,040 in 1997', `${HS97}, experiment 2a`)],
    notes:
      'The 50 targets that the step alone decides are learned first. With β₂ = 0.999 Adam divides by the squares of their early gradients for a thousand updates more, and the gradient of the last target, 1 of 51, moves nothing: the loss stays at ln 2 / 51 (tried at rates of 0.01 to 0.05, batches of 1 to 8, with chrono initialisation, 64 units, and β₂ of 0.99). β₂ = 0.9 forgets them. The recipe was chosen after that, by other seeds: of 201 … 210 it solves 9 of 9, a batch of 1 7 of 10, a batch of 4 9 of 10; RMSprop with α = 0.9 learns it as well.',
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
    figures: [
      MSE(
        { below: 0.03, of: 3 },
        '3 of 5 below 0.03; T = 100: 0.0223 after 482,000 sequences',
        `${SP}; ${HS97}, experiment 5`,
      ),
    ],
  },
  {
    name: 'timing_peephole',
    title: 'timing of spikes, intervals of 30 to 60, `lstm_peephole` of 8',
    spec: timing({ cell: 'lstm_peephole', hidden_size: 8, peephole: 'diagonal' }),
    seeds: 5,
    figures: [exactSpikes('0.903, mean of 14 (0.73 … 1 of 7 of them); without peepholes 0.834')],
    notes:
      'The recipe of the source, 3,000 updates whose rate is halved once, came to 0.5 … 1, one seed of five below 0.6: the spike is learned late, and such a seed ends before. So the recipe was changed after results were seen, to 6,000 updates along half a cosine, chosen by seeds 101 … 103 (1, 1 and 1 in place of 1, 0.96 and 0.95). Tried before: a threshold of 1, and the third spike looked for at every step, with 0.13 … 1, median 0.71; the source clips half the sum of squares over the steps at 1, ours is their mean.',
  },
  {
    name: 'timing_lstm',
    title: 'timing of spikes, intervals of 30 to 60, `lstm` of 8',
    spec: timing({ cell: 'lstm', hidden_size: 8 }),
    seeds: 5,
    figures: [exactSpikes('0.834, mean of 14')],
  },
  {
    name: 'anbn',
    title: 'aⁿbⁿ, n = 1 … 10, `lstm_peephole` of 2',
    spec: counting(2, 2, { max_steps: 10_000, threshold: 0.02 }),
    seeds: 5,
    figures: [longest(2, { above: 39, of: 4 }, '65 and more, median 100; 5 of 5')],
    notes:
      'The source clips the sum of the losses of a string at 1, where ours are a mean. Its recipe, programmed again in float64 (biases of 1 and -1, 4,000 strings at most, ended at n = 20), came from ten other seeds to n = 21 … 100, median 28, and without the early end to 31 … 100, median 39. The recipe here was chosen by those ten seeds and two runs of the row. Tried besides: a threshold of 1, of which the median is 38 (15 … 69); chrono initialisation for 40 steps and normal weights, 28 (13 … 100).',
  },
  {
    name: 'anbncn',
    title: 'aⁿbⁿcⁿ, n = 1 … 10, `lstm_peephole` of 3',
    spec: counting(3, 3, { max_steps: 20_000, threshold: 1 }),
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
    notes:
      'A seed ends once an evaluation is below 0.1. At a rate of 0.005 every seed leaves the plateau, but one of five was still at 0.159 after 3,000 updates and at 0.151 after 4,000, so that the recipe was changed after results were seen: a rate of 0.01 and 5,000 updates, chosen by seeds 101 … 104 (0.139 and 0.094 after 3,000 updates, 0.098 and 0.092 at their ends). Tried besides on such seeds: rates that fall along half a cosine from 0.005, with 0.160 and 0.169, as they end what is still under way; RMSprop with rate 0.001 and α = 0.9, the source’s, without clipping, with 0.171 and 0.174.',
  },
  ...(['lstm', 'gru', 'gru_simple'] as const).map((cell): Row => ({
    name: `agreement_${cell}`,
    title: `agreement over 3 attractors in up to 60 words, \`${cell}\` of 16`,
    spec: agreement({ cell, hidden_size: 16 }, cell === 'gru' ? 3000 : 1500),
    seeds: 5,
    figures: agreementFigures({ above: 0.98 }, { above: 0.95 }),
    ...(cell === 'gru' && { notes: 'Trained for 3,000 updates, the other cells for 1,500.' }),
  })),
  {
    name: 'agreement_rnn',
    title: 'agreement over 3 attractors in up to 60 words, `rnn` of 16',
    spec: agreement({ cell: 'rnn', hidden_size: 16 }, 1500),
    seeds: 5,
    figures: agreementFigures({ medianBelow: 'agreement_lstm' }, { medianBelow: 'agreement_lstm' }),
    notes:
      'The tanh cell stays at chance from some seeds and learns the task from others: the number of adverbs is drawn, and short sequences show it the way. So it is held to a median below that of the LSTM, not to each seed. Which seeds learn it depends on the last bits of the products: with kernels for AVX2 two of five (mean 0.70), for AVX-512 three (mean 0.80), whose median is 1; the LSTM’s mean is 1 in both.',
  },
  ...(['lstm', 'lstm_peephole'] as const).map((cell): Row => ({
    name: `adding_50_${cell}`,
    title: `adding, T = 50, \`${cell}\` of 12`,
    spec: adding(50, { cell, hidden_size: 12, ...(cell === 'lstm_peephole' && { peephole: 'diagonal' }) }, 1500, {
      optimizer: ADAM(0.005),
    }),
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
  ...CONTRASTS,
]
