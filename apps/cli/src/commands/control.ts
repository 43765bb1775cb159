import type { Job, JobSpec } from '@unroll/client'
import { parseCount, type Call, type Command } from '../command.ts'
import { readJson } from '../input_file.ts'
import { UsageError } from '../usage_error.ts'
import { named } from '../named_numbers.ts'

export const cancel: Command = asking('cancels a job', 'cancel', ({ client, given: [id = ''], signal }) =>
  client.jobs.cancel(id, { signal }),
)
export const pause: Command = asking(
  'has a job stop and keep its place',
  'pause',
  ({ client, given: [id = ''], signal }) => client.jobs.pause(id, { signal }),
)
export const resume: Command = asking('has a paused job go on', 'resume', ({ client, given: [id = ''], signal }) =>
  client.jobs.resume(id, { signal }),
)

export const keep: Command = asking(
  'keeps a job, once it has ended, from being deleted by its age, and its data set with it',
  'keep',
  ({ client, given: [id = ''], signal }) => client.jobs.update(id, { keep: true }, { signal }),
  () => 'kept',
)
export const unkeep: Command = asking(
  'lets a job be deleted by its age',
  'unkeep',
  ({ client, given: [id = ''], signal }) => client.jobs.update(id, { keep: false }, { signal }),
  () => 'not kept',
)

export const update: Command = {
  ...asking('changes the name, tags, note or priority of a job', 'update', updated, ({ name }) => name),
  options: {
    name: { type: 'string', value: 'text', help: 'a name for it' },
    tags: { type: 'string', value: 'names', help: 'tags, with commas between them; empty: none' },
    note: { type: 'string', value: 'text', help: 'a note, which its page shows; empty: none' },
    priority: { type: 'string', value: 'n', help: 'of waiting jobs, the least goes first' },
  },
  example: 'unroll update latest --name "baseline, T = 100" --tags baseline,paper',
}

export const retry: Command = {
  ...asking('makes a new job of an old one', 'retry', retried),
  options: {
    checkpoint: { type: 'string', value: 'checkpoint', help: 'go on from this saved state (else from the start)' },
    changes: { type: 'string', value: 'file', help: 'JSON merge patch of the specification; - for standard input' },
  },
  example: 'unroll retry job_… --checkpoint ckpt_… --changes changes.json',
}

export const remove: Command = {
  summary: 'deletes a job that has ended, with all that it left',
  arguments: ['job'],
  example: 'unroll delete job_…',
  async run({ client, terminal, given: [id = ''], flags, signal }) {
    await client.jobs.delete(id, { signal })
    terminal.out(flags['json'] === true ? JSON.stringify({ id, deleted: true }) : `${id} deleted`)
  },
}

/** A command that changes a job and prints its id and its state, or `words` if given. */
function asking(
  summary: string,
  name: string,
  ask: (call: Call) => Promise<Job>,
  words: (job: Job) => string = ({ status }) => status,
): Command {
  return {
    summary,
    arguments: ['job'],
    example: `unroll ${name} job_…`,
    async run(call) {
      const job = await ask(call)
      call.terminal.out(call.flags['json'] === true ? JSON.stringify(job, named) : `${job.id} ${words(job)}`)
    },
  }
}

async function updated({ client, given: [id = ''], text, signal }: Call): Promise<Job> {
  const { name, tags, note } = text
  const priority = parseCount(text['priority'], 'priority', 0)
  const metadata = Object.fromEntries(
    Object.entries({ tags, note }).flatMap(([key, value]) => (value === undefined ? [] : [[key, value || null]])),
  )
  const changes = {
    ...(name !== undefined && { name }),
    ...(priority !== undefined && { priority }),
    ...(Object.keys(metadata).length > 0 && { metadata }),
  }
  if (Object.keys(changes).length === 0) throw new UsageError('needs --name, --tags, --note or --priority')
  return await client.jobs.update(id, changes, { signal })
}

async function retried({ client, terminal, given: [id = ''], text, signal }: Call): Promise<Job> {
  const { checkpoint, changes } = text
  const patch = changes === undefined ? {} : { changes: (await readJson(changes, terminal)) as Partial<JobSpec> }
  return await client.jobs.retry(
    id,
    { ...(checkpoint !== undefined && { from_checkpoint: checkpoint }), ...patch },
    { signal },
  )
}
