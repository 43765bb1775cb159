import { CELLS as FACTS, JobSpecSchema, pageSchema, type CellName } from '@unroll/contract'
import { Type, type TObject } from 'typebox'
import { answer, answers } from '../../document/answers.ts'
import type { App } from '../../types.ts'

const { model, data } = JobSpecSchema.properties

/** Names of all cells. */
export const CELLS: [CellName, ...CellName[]] = model.anyOf.map(({ properties }) => properties.cell.const) as [CellName]

const CHOICE = {
  name: Type.String(),
  description: Type.String(),
  schema: Type.Record(Type.String(), Type.Unknown(), {
    description: 'JSON Schema of its part of a specification.',
  }),
}

const Choice = Type.Object({ object: Type.Literal('task'), ...CHOICE }, { title: 'Choice' })

const CellChoice = Type.Object(
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
  { title: 'CellChoice' },
)

/** The branches of a union of the specification, by the constant of a field. */
function choices(object: 'cell' | 'task', schemas: readonly TObject[]): { name: string }[] {
  return schemas.flatMap((schema) => {
    const { const: name, description } = (schema.properties[object] ?? {}) as { const?: string; description?: string }
    return name === undefined ? [] : [{ object, name, description, schema }]
  })
}

function describeCell(name: CellName): object {
  const { equations, gates, states } = FACTS[name]
  const { forms, ...told } = equations
  return {
    ...told,
    equations: forms,
    gates: Object.entries(gates).map(([gate, role]) => ({ name: gate, role })),
    states,
  }
}

function listed(items: readonly object[]): object {
  return { object: 'list', data: items, has_more: false, next: null }
}

function listing(operationId: string, summary: string, item: TObject): object {
  return {
    operationId,
    tags: ['catalogue'],
    summary,
    response: answers({ 200: answer(pageSchema(item), 'All of them.') }, []),
  }
}

/** The catalogue of all options, derived from the contract. */
export function catalogue(app: App): void {
  const cells = listed(
    choices('cell', model.anyOf).map((choice) => ({ ...choice, ...describeCell(choice.name as CellName) })),
  )
  const tasks = listed(choices('task', data.anyOf))
  const [ofCells, ofTasks] = [
    listing('listCells', 'Lists all cells, with their equations and gates.', CellChoice),
    listing('listTasks', 'Lists the built-in tasks.', Choice),
  ]
  app.get('/v1/cells', { schema: ofCells }, async () => cells)
  app.get('/v1/tasks', { schema: ofTasks }, async () => tasks)
}
