import type { Job, JobSpec } from '@unroll/client'
import type { Call, Command } from '../command.ts'
import { readJson } from '../input_file.ts'
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
  run: ({ client, given: [id = ''], signal }) => client.jobs.delete(id, { signal }),
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

async function retried({ client, terminal, given: [id = ''], text, signal }: Call): Promise<Job> {
  const { checkpoint, changes } = text
  const patch = changes === undefined ? {} : { changes: (await readJson(changes, terminal)) as Partial<JobSpec> }
  return await client.jobs.retry(
    id,
    { ...(checkpoint !== undefined && { from_checkpoint: checkpoint }), ...patch },
    { signal },
  )
}
