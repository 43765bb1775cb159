import { Type, type Static, type TLiteral, type TObject, type TProperties } from 'typebox'
import type { Problem } from '../problem.ts'

/** When a task counts as solved: a share of the targets answered right, or a loss as a share of that at chance. */
export type Solved = { readonly accuracy: number } | { readonly loss: number }

/** What is known of a built-in task; its sampler is the file of the same name in packages/tasks. */
export interface Task<Name extends string, Own extends TProperties> {
  readonly schema: TObject<{ task: TLiteral<Name> } & Own>
  /** Where the task is defined. */
  readonly source: string
  readonly solved: Solved
  /** Whether it is asked what a sequence goes on with, so that whoever reads ahead reads the answers; not so unless given. */
  readonly foretells?: boolean
  /** The problem on sequences of at most T steps. */
  readonly pose: (data: Static<TObject<Own>>, T: number) => Problem
}

/** @param description one sentence: what the network has to do. @param own the fields of the task */
export function defineTask<const Name extends string, Own extends TProperties>(
  name: Name,
  { description, own, ...facts }: { description: string; own: Own } & Omit<Task<Name, Own>, 'schema'>,
): Task<Name, Own> {
  const task = Type.Literal(name, { description: `${description} (${facts.source}).` })
  const schema = Type.Object({ task, ...own }, { additionalProperties: false, title: name })
  return { schema, ...facts }
}
