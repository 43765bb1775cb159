import { Type, type Static } from 'typebox'
import { EVALUATED_NAMES } from '../../metrics.ts'
import { integer, number, oneOf, orNull } from '../../schema/fields.ts'

/** A part of a network by the names of its parameters. */
const PART = String.raw`^embedding$|^readout$|^layers\.(?:0|[1-9]\d?)$`

const SERIES = ['loss', 'accuracy', ...EVALUATED_NAMES] as const

/** The length of a run, its batches and its evaluation. */
export const Training = Type.Object(
  {
    batch_size: integer('N, sequences of a batch (for text: streams read side by side).', {
      default: 32,
      minimum: 1,
      maximum: 65_536,
    }),
    gradient_accumulation: Type.Optional(
      integer(
        'k, equal parts of a batch (micro-batches of N/k sequences) that are computed one after another; their gradients are summed before the clipping and the one update. It saves memory, and changes numbers by rounding alone.',
        { default: 1, minimum: 1, maximum: 65_536 },
      ),
    ),
    freeze: Type.Optional(
      Type.Array(Type.String({ pattern: PART }), {
        default: [],
        maxItems: 18,
        uniqueItems: true,
        description:
          'Parts of the network that stay as they are: "embedding", "readout", or a layer as "layers.0" from the lowest, in both directions where it has two, with its initial state. They have no moments, and the gradient norm and its clipping are of the others alone.',
      }),
    ),
    max_steps: integer('Number of updates after which the run has succeeded.', {
      default: 1000,
      minimum: 1,
      maximum: 100_000_000,
    }),
    seed: integer('Seed of initial values and data: the same specification and seed give the same run.', {
      default: 1,
      minimum: 0,
      maximum: 4_294_967_295,
    }),
    evaluate_every: integer('Steps between evaluations on held-out data; 0 evaluates only at the end.', {
      default: 100,
      minimum: 0,
      maximum: 100_000_000,
    }),
    evaluation_batches: orNull(
      integer(
        'Batches of one evaluation, at most; null evaluates all that a data set holds out, and 4 batches of a task, whose sequences have no end.',
        { minimum: 1, maximum: 1_000_000 },
      ),
    ),
    evaluation_lengths: Type.Optional(
      Type.Array(Type.Integer({ minimum: 1, maximum: 100_000 }), {
        default: [],
        maxItems: 8,
        uniqueItems: true,
        description:
          'Of tasks: further lengths T that every evaluation answers too, longer than those of training as well: series `evaluation_loss/200` and `evaluation_accuracy/200`. At most 10 times sequence_length.',
      }),
    ),
    curriculum: Type.Optional(
      orNull(
        Type.Object(
          {
            start_length: integer('T of the first sequences.', { minimum: 1, maximum: 100_000 }),
            increment: integer('How much longer they become each time.', { minimum: 1, maximum: 100_000 }),
            every_steps: integer(
              'Updates between two lengths; with `when`, between two evaluations that decide whether sequences grow.',
              { default: 100, minimum: 1, maximum: 100_000_000 },
            ),
            when: Type.Optional(
              orNull(
                Type.Object(
                  {
                    series: oneOf(
                      'What is measured on held-out sequences of the length of the moment.',
                      ['evaluation_loss', 'evaluation_accuracy'],
                      { default: 'evaluation_loss' },
                    ),
                    below: Type.Optional(number('Solved when the series is below this.', {})),
                    above: Type.Optional(number('Solved when the series is above this.', {})),
                  },
                  {
                    additionalProperties: false,
                    description:
                      'Sequences grow when their length is solved, and not before; null lets them grow by number of updates.',
                  },
                ),
              ),
            ),
          },
          {
            additionalProperties: false,
            description:
              'Of tasks: sequences begin short and grow to sequence_length, by number of updates or when a length is solved. Evaluations are of sequence_length all along.',
          },
        ),
      ),
    ),
    early_stopping: orNull(
      Type.Object(
        {
          patience: integer('Evaluations without improvement before the run ends.', {
            default: 10,
            minimum: 1,
            maximum: 100_000,
          }),
          min_delta: number('The least change for the better of the series that counts as improvement.', {
            default: 0,
            minimum: 0,
          }),
          series: oneOf('The series of evaluations that is watched.', EVALUATED_NAMES, { default: 'evaluation_loss' }),
        },
        { additionalProperties: false, description: 'Ends the run when a series of evaluations no longer improves.' },
      ),
    ),
    target: orNull(
      Type.Object(
        {
          series: oneOf('The watched series.', SERIES, { default: 'evaluation_loss' }),
          below: Type.Optional(number('Reached when the series is below this.', {})),
          above: Type.Optional(number('Reached when the series is above this.', {})),
        },
        { additionalProperties: false, description: 'Ends the run as succeeded when a series reaches a value.' },
      ),
    ),
  },
  { additionalProperties: false, default: {}, description: 'The length of a run, its batches and its evaluation.' },
)
export type Training = Static<typeof Training>
