// The table of built-in tasks.

import type { Static } from 'typebox'
import type { Problem } from '../problem.ts'
import { adding } from './adding.ts'
import { agreement } from './agreement.ts'
import { copy, selectiveCopy } from './copy.ts'
import { counting } from './counting.ts'
import { delayedEcho } from './delayed_echo.ts'
import { multiplication } from './multiplication.ts'
import { noiseFreeLag } from './noise_free_lag.ts'
import { parity } from './parity.ts'
import { reber } from './reber.ts'
import type { Solved } from './task.ts'
import { temporalOrder } from './temporal_order.ts'
import { timing } from './timing.ts'

/** Sequences of a task are drawn afresh for every step from (seed, step). */
export const TASKS = [
  adding,
  multiplication,
  temporalOrder,
  copy,
  selectiveCopy,
  noiseFreeLag,
  delayedEcho,
  parity,
  timing,
  counting,
  reber,
  agreement,
] as const

type Mutable<Tuple> = { -readonly [Index in keyof Tuple]: Tuple[Index] }
type Schemas<Tasks extends readonly { schema: unknown }[]> = { [Index in keyof Tasks]: Tasks[Index]['schema'] }

export type TaskData = Static<(typeof TASKS)[number]['schema']>
export type TaskName = TaskData['task']

/** What is known of a task apart from the fields of its specification. */
interface TaskFacts {
  readonly source: string
  readonly solved: Solved
  readonly foretells?: boolean
  readonly pose: (data: TaskData, T: number) => Problem
}

const FACTS = Object.fromEntries(
  TASKS.map((task) => [task.schema.properties.task.const, task as unknown as TaskFacts]),
) as Readonly<Record<TaskName, TaskFacts>>

/** Schemas of all tasks, in the order of the catalogue. */
export const TASK_SCHEMAS = TASKS.map(({ schema }) => schema) as unknown as Mutable<Schemas<typeof TASKS>>

export function getTaskFacts(name: TaskName): Omit<TaskFacts, 'pose'> {
  return FACTS[name]
}

/** The problem of a built-in task on sequences of at most T steps. */
export function taskProblem(data: TaskData, T: number): Problem {
  return FACTS[data.task].pose(data, T)
}
