import { Type, type Static } from 'typebox'
import { integer, oneOf } from '../schema/fields.ts'
import type { Problem } from '../job/problem.ts'
import { problemDecoding } from '../job/sequences/asked.ts'
import type { Decoding } from '../job/sequences/decoding.ts'

const MOST_SIZE = 65_536

/** What a session's batches hold, and what its loss is. */
export const SessionProblem = Type.Object(
  {
    inputs: oneOf('What is read at each time step: `vectors` of numbers, or `symbols`, ids from 0.', [
      'vectors',
      'symbols',
    ]),
    input_size: integer('Numbers of a vector, or how many symbols there are.', { minimum: 1, maximum: MOST_SIZE }),
    readout: oneOf(
      'What is answered. `softmax`: one of several classes, with cross-entropy; `sigmoid`: labels of 0 and 1, with binary cross-entropy; `identity`: numbers.',
      ['softmax', 'sigmoid', 'identity'],
    ),
    output_size: integer('K, classes, labels or numbers that are answered.', { minimum: 1, maximum: MOST_SIZE }),
    mode: oneOf(
      'Whether there is a target at every time step (`many_to_many`) or one after the last (`many_to_one`).',
      ['many_to_many', 'many_to_one'],
    ),
    loss: oneOf('Of readout `identity`: the squared error or the absolute error.', ['mse', 'mae'], { default: 'mse' }),
  },
  { additionalProperties: false, description: 'What the batches of the session hold, and what its loss is.' },
)
export type SessionProblem = Static<typeof SessionProblem>

/** The same as what a task or data set asks of a network; nothing is known of its difficulty. */
export function sessionProblem({ inputs, input_size, readout, output_size, mode, loss }: SessionProblem): Problem {
  return {
    inputs: { kind: inputs, size: input_size },
    readout: {
      kind: readout,
      size: output_size,
      ...(readout === 'identity' && loss !== 'mse' && { loss: { kind: loss } }),
    },
    mode,
    chance: { loss: NaN, accuracy: null },
    lag: 0,
    minimumLength: 1,
  }
}

/** What the network of a session reads and answers. One that answers the symbols that it reads can write on from a prompt. */
export function sessionDecoding(problem: SessionProblem): Decoding {
  const { inputs, input_size, readout, output_size, mode } = problem
  const decoding = problemDecoding(sessionProblem(problem))
  const isNext = inputs === 'symbols' && readout === 'softmax' && mode === 'many_to_many' && input_size === output_size
  return isNext ? { ...decoding, problem: 'next_symbol' } : decoding
}
