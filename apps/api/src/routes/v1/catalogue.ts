import { JobSpecSchema, pageSchema, type CellName } from '@unroll/contract'
import { Type, type TObject } from 'typebox'
import { answer, answers } from '../../document/answers.ts'
import type { App } from '../../types.ts'

const { model, data } = JobSpecSchema.properties

/** Names of all cells. */
export const CELLS: [CellName, ...CellName[]] = model.anyOf.map(({ properties }) => properties.cell.const) as [CellName]

const Choice = Type.Object(
  {
    name: Type.String(),
    object: Type.Enum(['cell', 'task'], { type: 'string' }),
    description: Type.String(),
    schema: Type.Record(Type.String(), Type.Unknown(), {
      description: 'JSON Schema of its part of a specification.',
    }),
  },
  { title: 'Choice' },
)

/** The catalogue of all options, derived from the contract. */
function choices(object: 'cell' | 'task', schemas: readonly TObject[]): unknown {
  const items = schemas.flatMap((schema) => {
    const { const: name, description } = (schema.properties[object] ?? {}) as { const?: string; description?: string }
    return name === undefined ? [] : [{ name, object, description, schema }]
  })
  return { object: 'list', data: items, has_more: false, next: null }
}

function listing(operationId: string, summary: string): object {
  return {
    operationId,
    tags: ['catalogue'],
    summary,
    response: answers({ 200: answer(pageSchema(Choice), 'All of them.') }, []),
  }
}

export function catalogue(app: App): void {
  const cells = choices('cell', model.anyOf)
  const tasks = choices('task', data.anyOf)
  app.get(
    '/v1/cells',
    { schema: listing('listCells', 'Lists all cells.'), config: { scope: 'read' } },
    async () => cells,
  )
  app.get(
    '/v1/tasks',
    { schema: listing('listTasks', 'Lists the built-in tasks.'), config: { scope: 'read' } },
    async () => tasks,
  )
}
