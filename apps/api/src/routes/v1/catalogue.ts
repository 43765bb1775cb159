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

function describeCells(): object[] {
  return choices('cell', model.anyOf).map((choice) => ({ ...choice, ...describeCell(choice.name as CellName) }))
}

function describeTasks(): object[] {
  return choices('task', data.anyOf).map((choice) => {
    const given = Value.Default(choice.schema, { task: choice.name }) as TaskData
    const { source, solved } = getTaskFacts(given.task)
    return { ...choice, source, solved, problem: describeTask(given, T) }
  })
}

/** A list that is made when it is asked for first, once for a process: the chance levels of all tasks take tens of milliseconds. */
function listLater(describe: () => object[]): () => Promise<object> {
  let made: object | undefined
  return async () => (made ??= { object: 'list', data: describe(), has_more: false, next: null })
}

const listCells = listLater(describeCells)
const listTasks = listLater(describeTasks)

function listing(operationId: string, summary: string, item: TSchema): object {
  return {
    operationId,
    tags: ['catalogue'],
    summary,
    response: answers({ 200: answer(pageSchema(item), 'All of them.') }, []),
  }
}

export function catalogue(app: App): void {
  const config = { scope: 'read' } as const
  app.get(
    '/v1/cells',
    { schema: listing('listCells', 'Lists all cells, with their equations and gates.', CellChoice), config },
    listCells,
  )
  app.get('/v1/tasks', { schema: listing('listTasks', 'Lists the built-in tasks.', TaskChoice), config }, listTasks)
}
