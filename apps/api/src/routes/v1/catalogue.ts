import {
  CellChoice,
  JobSpecSchema,
  TaskChoice,
  describeCell,
  describeTask,
  getTaskFacts,
  pageSchema,
  type CellName,
  type TaskData,
} from '@unroll/contract'
import type { TObject, TSchema } from 'typebox'
import { Value } from 'typebox/value'
import { answer, answers } from '../../document/answers.ts'
import type { App } from '../../types.ts'

const { model, data, sequence_length } = JobSpecSchema.properties
const { default: T = 100 } = sequence_length as { default?: number }

/** Names of all cells. */
export const CELLS: [CellName, ...CellName[]] = model.anyOf.map(({ properties }) => properties.cell.const) as [CellName]

/** The catalogue of all options, derived from the contract. */
function choices<Object extends 'cell' | 'task'>(
  object: Object,
  schemas: readonly TObject[],
): { name: string; object: Object; description: string; schema: TObject }[] {
  return schemas.flatMap((schema) => {
    const { const: name, description = '' } = (schema.properties[object] ?? {}) as {
      const?: string
      description?: string
    }
    return name === undefined ? [] : [{ name, object, description, schema }]
  })
}

function describeTasks(): object[] {
  return choices('task', data.anyOf).map((choice) => {
    const given = Value.Default(choice.schema, { task: choice.name }) as TaskData
    const { source, solved } = getTaskFacts(given.task)
    return { ...choice, source, solved, problem: describeTask(given, T) }
  })
}

function list<Item>(items: Item[]): { object: 'list'; data: Item[]; has_more: false; next: null } {
  return { object: 'list', data: items, has_more: false, next: null }
}

function listing(operationId: string, summary: string, item: TSchema): object {
  return {
    operationId,
    tags: ['catalogue'],
    summary,
    response: answers({ 200: answer(pageSchema(item), 'All of them.') }, []),
  }
}

export function catalogue(app: App): void {
  const cells = list(
    choices('cell', model.anyOf).map((choice) => ({ ...choice, ...describeCell(choice.name as CellName) })),
  )
  const tasks = list(describeTasks())
  const config = { scope: 'read' } as const
  app.get(
    '/v1/cells',
    { schema: listing('listCells', 'Lists all cells, with their equations and gates.', CellChoice), config },
    async () => cells,
  )
  app.get(
    '/v1/tasks',
    { schema: listing('listTasks', 'Lists the built-in tasks.', TaskChoice), config },
    async () => tasks,
  )
}
