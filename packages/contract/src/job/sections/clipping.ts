import { Type, type Static, type TProperties } from 'typebox'
import { integer, number, oneOf } from '../../schema/fields.ts'
import { variant } from '../../schema/variant.ts'

const NONFINITE = oneOf(
  'The effect of a gradient with Inf or NaN: it ends the run, drops this update (counted), or sets these elements to 0.',
  ['fail', 'skip', 'zero'],
  { default: 'fail' },
)

function policy<const Name extends string, Own extends TProperties>(name: Name, description: string, own: Own) {
  return Type.Object(
    { policy: Type.Literal(name, { description }), ...own, nonfinite: NONFINITE },
    { additionalProperties: false, title: name },
  )
}

const threshold = (description: string) => number(description, { exclusiveMinimum: 0, maximum: 1e30 })

/** What is done to gradients that are too large; policies are named by where they act (docs/math/notation.md, "Clipping"). */
export const Clipping = variant(
  'policy',
  [
    policy('none', 'Gradients are not changed.', {}),
    policy('value', 'Each element is clamped to [-threshold, threshold].', {
      threshold: threshold('v, the largest magnitude of an element.'),
    }),
    policy('norm', 'All gradients together are scaled to a norm of at most threshold.', {
      threshold: threshold('c, the largest norm of all gradients together.'),
    }),
    policy('parameter_norm', 'Each parameter tensor is scaled to a norm of at most threshold.', {
      threshold: threshold('c, the largest norm of one tensor.'),
    }),
    policy('timestep', 'The state gradients dh_t and dc_t are clipped at every step of the backward pass.', {
      threshold: threshold('The largest norm of a batch row, or magnitude of an element.'),
      by: oneOf('By norm of each batch row or by value of each element.', ['norm', 'value'], { default: 'norm' }),
    }),
    policy(
      'adaptive',
      'Adaptive gradient clipping: each row relative to the norm of its weights (Brock et al. 2021).',
      {
        threshold: number('λ, the largest ratio of gradient norm to weight norm.', {
          default: 0.01,
          exclusiveMinimum: 0,
          maximum: 1e6,
        }),
        epsilon: number('ε, the smallest weight norm of a ratio.', {
          default: 1e-3,
          exclusiveMinimum: 0,
          maximum: 1,
        }),
        readout: Type.Optional(
          Type.Boolean({
            description:
              'Whether the read-out is clipped too; `false` leaves it, as Brock et al. do. `true` unless given.',
          }),
        ),
      },
    ),
    policy(
      'percentile',
      'Norm clipping with a percentile of the previous norms as threshold (AutoClip, Seetharaman et al. 2020).',
      {
        percentile: number('p, the percentile.', { default: 10, exclusiveMinimum: 0, maximum: 100 }),
        window: integer('Number of the newest norms in the percentile.', {
          default: 10_000,
          minimum: 10,
          maximum: 100_000,
        }),
      },
    ),
    policy('zscore', 'Norm clipping by the deviation from a running mean (ZClip, Kumar et al. 2025).', {
      z: number('Largest accepted deviation from the mean, in standard deviations.', {
        default: 2.5,
        exclusiveMinimum: 0,
        maximum: 100,
      }),
      alpha: number('Smoothing of mean and variance.', { default: 0.97, exclusiveMinimum: 0, exclusiveMaximum: 1 }),
      warmup_steps: integer('Steps before the policy acts.', { default: 25, minimum: 1, maximum: 100_000 }),
      max_norm: Type.Optional(
        threshold(
          'The largest norm besides, in the first steps too: `max_grad_norm` of ZClip, 1 there; none unless given.',
        ),
      ),
    }),
  ],
  { description: 'The treatment of large gradients.', default: { policy: 'norm', threshold: 1 } },
)
export type Clipping = Static<typeof Clipping>
export type ClippingPolicy = Clipping['policy']
export type NonfinitePolicy = Clipping['nonfinite']
