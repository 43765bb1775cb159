// What a job may choose from: cells and tasks, as the catalogue lists them.

import { Type, type Static } from 'typebox'
import { EQUATIONS } from '../job/sections/cell_equations.ts'
import { CELLS } from '../job/sections/cells.ts'
import type { CellName } from '../job/sections/model.ts'
import { taskProblem, type TaskData } from '../job/tasks/tasks.ts'
import { integer } from '../schema/fields.ts'

const CHOICE = {
  name: Type.String(),
  description: Type.String(),
  schema: Type.Record(Type.String(), Type.Unknown(), {
    description: 'JSON Schema of its part of a specification.',
  }),
}

export const CellChoice = Type.Object(
  {
    object: Type.Literal('cell'),
    ...CHOICE,
    lecture_name: Type.String({ description: 'What lectures and text books call the cell.' }),
    convention: Type.String({ description: 'What differs between authors, and which of it holds here.' }),
    equations: Type.Array(
      Type.Object({
        options: Type.Record(Type.String(), Type.String(), {
          description: 'Fields of `model` for which the equations hold; empty for all.',
        }),
        latex: Type.Array(Type.String(), { description: 'LaTeX, one equation each, in the order of computation.' }),
      }),
    ),
    gates: Type.Array(
      Type.Object({
        name: Type.String({ description: 'Its letter, as in the series `gate/layers.0.f`.' }),
        role: Type.Enum(['update', 'forget', 'relevance', 'output', 'candidate'], { type: 'string' }),
      }),
      { description: 'Gates and candidates in the order of the packed weights.' },
    ),
    states: Type.Array(Type.String(), { description: 'Letters of what is handed from step to step; h comes first.' }),
  },
  { title: 'Cell' },
)
export type CellChoice = Static<typeof CellChoice>

/** What is true of a cell beside its fields. */
export function describeCell(name: CellName): Omit<CellChoice, 'object' | 'name' | 'description' | 'schema'> {
  const { gates, states } = CELLS[name]
  const { forms, lecture_name, convention } = EQUATIONS[name]
  return {
    lecture_name,
    convention,
    equations: forms.map(({ options, latex }) => ({ options: { ...options }, latex: [...latex] })),
    gates: Object.entries(gates).map(([gate, role]) => ({ name: gate, role })),
    states: [...states],
  }
}

/** What a task poses on sequences of at most T steps. */
export const PosedTask = Type.Object(
  {
    inputs: Type.Object({
      kind: Type.Enum(['vectors', 'symbols'], { type: 'string' }),
      size: integer('X components of a vector, or the number of symbols.', {}),
    }),
    readout: Type.Object({
      kind: Type.Enum(['softmax', 'sigmoid', 'identity'], { type: 'string' }),
      size: integer('K classes, labels or numbers.', {}),
    }),
    mode: Type.Enum(['many_to_many', 'many_to_one'], {
      type: 'string',
      description: 'A target at every time step, or one after the last.',
    }),
    chance: Type.Object(
      { loss: Type.Number(), accuracy: Type.Union([Type.Number(), Type.Null()]) },
      { description: 'Reached by the best answer that knows time step and input, and remembers nothing.' },
    ),
    lag: integer('Time steps from the first input that matters to the output that needs it.', {}),
    minimum_length: integer('The least T the task can be posed on.', {}),
  },
  { title: 'PosedTask' },
)
export type PosedTask = Static<typeof PosedTask>

export const TaskChoice = Type.Object(
  {
    object: Type.Literal('task'),
    ...CHOICE,
    source: Type.String({ description: 'Where the task is defined.' }),
    solved: Type.Object(
      { accuracy: Type.Optional(Type.Number()), loss: Type.Optional(Type.Number()) },
      { description: 'When the task counts as solved: an accuracy, or a loss as a share of that at chance.' },
    ),
    problem: PosedTask,
  },
  { title: 'Task', description: 'The problem is that of the default fields and the default sequence_length.' },
)
export type TaskChoice = Static<typeof TaskChoice>

export function describeTask(data: TaskData, T: number): PosedTask {
  const { inputs, readout, mode, chance, lag, minimumLength } = taskProblem(data, T)
  return {
    inputs,
    readout: { kind: readout.kind, size: readout.size },
    mode,
    chance: { loss: chance.loss, accuracy: chance.accuracy },
    lag,
    minimum_length: minimumLength,
  }
}
