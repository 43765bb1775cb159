import { Type, type Static } from 'typebox'
import { time } from './nullable.ts'

/** Largest file of weights, in bytes: it is converted in memory, of which that takes a few times as much. */
export const MOST_WEIGHTS_BYTES = 2 ** 30

/** Files that weights are read from. */
export const WEIGHTS_FORMATS = ['safetensors', 'keras'] as const
export type WeightsFormat = (typeof WEIGHTS_FORMATS)[number]

const NamedShape = Type.Object({
  name: Type.String({ description: 'By its name in the file.' }),
  shape: Type.Array(Type.Integer()),
})

/** A file of weights from which jobs may start. */
export const Weights = Type.Object(
  {
    id: Type.String(),
    object: Type.Literal('weights'),
    name: Type.String(),
    format: Type.Enum(WEIGHTS_FORMATS, { type: 'string', description: 'Of the file, found out from its bytes.' }),
    bytes: Type.Integer(),
    sha256: Type.String({ description: 'Hex digest of the file.' }),
    tensors: Type.Array(NamedShape, { description: 'What is in it.' }),
    created_at: time('When it was stored.'),
  },
  { title: 'Weights' },
)
export type Weights = Static<typeof Weights>

/** What a job takes from the source of its weights, and what it does not. */
export const Initialisation = Type.Object(
  {
    layout: Type.String({
      description:
        'Whose names the tensors have: `state` (ours, packed), `safetensors` (ours, of docs/math/notation.md), `pytorch` or `keras`.',
    }),
    taken: Type.Array(NamedShape, { description: 'Tensors of the source that are loaded.' }),
    left: Type.Array(
      Type.Object({ ...NamedShape.properties, reason: Type.String({ description: 'Why it is not loaded.' }) }),
      { description: 'Tensors of the source that are not.' },
    ),
    initial: Type.Array(NamedShape, {
      description: 'Parameters of the network that start from initial values, by our names.',
    }),
    optimizer: Type.Boolean({ description: 'Whether the state of the optimizer is loaded.' }),
  },
  { title: 'Initialisation', description: 'What is loaded of the weights that the job starts from.' },
)
export type Initialisation = Static<typeof Initialisation>
