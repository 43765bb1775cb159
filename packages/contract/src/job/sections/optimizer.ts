import { Type, type Static, type TProperties } from 'typebox'
import { integer, number, orNull } from '../../schema/fields.ts'
import { variant } from '../../schema/variant.ts'

function schedule<const Name extends string, Own extends TProperties>(name: Name, description: string, own: Own) {
  return Type.Object(
    { type: Type.Literal(name, { description }), ...own },
    { additionalProperties: false, title: name },
  )
}

const WARMUP = integer('Steps of the initial linear rise of the rate from 0.', {
  default: 0,
  minimum: 0,
  maximum: 10_000_000,
})

/** How the learning rate changes over the run; every schedule multiplies `learning_rate`. */
export const Schedule = variant(
  'type',
  [
    schedule('constant', 'The rate is constant.', { warmup_steps: WARMUP }),
    schedule('step', 'The rate is multiplied by gamma every `every_steps` steps.', {
      warmup_steps: WARMUP,
      every_steps: integer('Steps between reductions.', { default: 1000, minimum: 1, maximum: 10_000_000 }),
      gamma: number('Factor of one reduction.', { default: 0.5, exclusiveMinimum: 0, maximum: 1 }),
    }),
    schedule('exponential', 'The rate is multiplied by gamma at every step.', {
      warmup_steps: WARMUP,
      gamma: number('Factor of one step.', { default: 0.9999, exclusiveMinimum: 0, maximum: 1 }),
    }),
    schedule(
      'cosine',
      'The rate falls along half a cosine to `final_fraction` at the last step (Loshchilov and Hutter 2017, without restarts).',
      {
        warmup_steps: WARMUP,
        final_fraction: number('Remaining share of the rate at the last step.', {
          default: 0,
          minimum: 0,
          maximum: 1,
        }),
      },
    ),
    schedule('linear', 'The rate falls linearly to `final_fraction` at the last step.', {
      warmup_steps: WARMUP,
      final_fraction: number('Remaining share of the rate at the last step.', {
        default: 0,
        minimum: 0,
        maximum: 1,
      }),
    }),
  ],
  { description: 'The change of the learning rate over the run.', default: { type: 'constant' } },
)
export type Schedule = Static<typeof Schedule>

const rate = (value: number) => number('Learning rate.', { default: value, exclusiveMinimum: 0, maximum: 1000 })
const fraction = (description: string, value: number) =>
  number(description, { default: value, minimum: 0, exclusiveMaximum: 1 })
const epsilon = (value: number) =>
  number('ε, added to the denominator outside the root.', { default: value, exclusiveMinimum: 0, maximum: 1 })
const weightDecay = (description: string, value: number) =>
  number(description, { default: value, minimum: 0, maximum: 1 })
const AVERAGE = Type.Optional(
  orNull(
    number(
      'd, decay of an exponential moving average of the weights, such as 0.999: after t updates the weights of update i count in proportion to d^(t-i). Evaluations, the best checkpoint and predictions use the average; null for none.',
      { exclusiveMinimum: 0, exclusiveMaximum: 1 },
    ),
  ),
)
const L2 = weightDecay('λ of L2 regularisation: λ p is added to the gradient, after clipping.', 0)

function optimizer<const Name extends string, Own extends TProperties>(name: Name, description: string, own: Own) {
  return Type.Object(
    {
      type: Type.Literal(name, { description }),
      weight_decay: L2,
      ...own,
      weight_average: AVERAGE,
      schedule: Schedule,
    },
    { additionalProperties: false, title: name },
  )
}

/** The update rule, with the semantics of `torch.optim`. */
export const Optimizer = variant(
  'type',
  [
    optimizer('sgd', 'Gradient descent.', { learning_rate: rate(0.01) }),
    optimizer('momentum', 'Gradient descent with momentum: v ← μ v + g, p ← p - lr v.', {
      learning_rate: rate(0.01),
      momentum: fraction('μ', 0.9),
    }),
    optimizer('nesterov', 'Gradient descent with Nesterov momentum: p ← p - lr (g + μ v).', {
      learning_rate: rate(0.01),
      momentum: fraction('μ', 0.9),
    }),
    optimizer('rmsprop', 'RMSprop: division by the root of a running mean of squares.', {
      learning_rate: rate(0.001),
      alpha: fraction('Smoothing of the mean of squares.', 0.99),
      epsilon: epsilon(1e-8),
    }),
    optimizer('adam', 'Adam with bias correction (Kingma and Ba 2015).', {
      learning_rate: rate(0.001),
      beta1: fraction('β₁', 0.9),
      beta2: fraction('β₂', 0.999),
      epsilon: epsilon(1e-8),
    }),
    optimizer('adamw', 'Adam with decoupled weight decay (Loshchilov and Hutter 2019).', {
      learning_rate: rate(0.001),
      beta1: fraction('β₁', 0.9),
      beta2: fraction('β₂', 0.999),
      epsilon: epsilon(1e-8),
      weight_decay: weightDecay('λ of decoupled weight decay: p ← p (1 - lr λ).', 0.01),
    }),
    optimizer('adagrad', 'Adagrad: division by the root of the sum of squares (Duchi et al. 2011).', {
      learning_rate: rate(0.01),
      epsilon: epsilon(1e-10),
    }),
  ],
  { description: 'The update rule.', default: { type: 'adam' } },
)
export type Optimizer = Static<typeof Optimizer>
export type OptimizerType = Optimizer['type']

/** Names of the moments that each optimizer keeps of every parameter, of its shape. */
export const MOMENTS: Readonly<Record<OptimizerType, readonly string[]>> = {
  sgd: [],
  momentum: ['v'],
  nesterov: ['v'],
  rmsprop: ['v'],
  adam: ['m', 'v'],
  adamw: ['m', 'v'],
  adagrad: ['v'],
}
