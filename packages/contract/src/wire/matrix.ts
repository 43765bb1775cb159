import { Type, type Static } from 'typebox'
import { measured } from './measured.ts'
import { nullable } from './nullable.ts'

const ITEMISED = {
  sources: Type.Array(Type.Integer(), {
    description:
      'The first time step of each source, from 1. A source is the loss of the time steps up to the next source, the last one up to T.',
  }),
  log10_norm: Type.Array(Type.Array(measured('log₁₀‖∂L_s/∂h_t‖; exact zero is "-Infinity".')), {
    description:
      'A row for each source s, a column for each time step t, before any clipping. L_s is the share of the source in the loss, so that the gradients of a column add up to ∂L/∂h_t.',
  }),
}

/** How much the loss of each source teaches the state of each time step. */
export const ItemisedMatrix = Type.Object(ITEMISED)
export type ItemisedMatrix = Static<typeof ItemisedMatrix>

const MatrixLayer = Type.Object({
  layer: Type.Integer({ description: 'As the flow counts them, from 0.' }),
  ...ITEMISED,
  flow: Type.Array(measured('log₁₀‖∂L/∂h_t‖.'), {
    description: 'The flow of the same training step: the norm of the sum of each column.',
  }),
})

/** The itemised matrix of every layer at one training step. */
export const Matrix = Type.Object(
  {
    object: Type.Literal('matrix'),
    step: nullable(Type.Integer({ description: 'The training step; null before the first observation.' })),
    timesteps: Type.Integer({ description: 'T, time steps of the backward pass.' }),
    layers: Type.Array(MatrixLayer),
  },
  { title: 'Matrix' },
)
export type Matrix = Static<typeof Matrix>
