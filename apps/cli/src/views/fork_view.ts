import { parseCount, type Call } from '../command.ts'
import { readJson } from '../input_file.ts'
import { named } from '../named_numbers.ts'

/** Forks a run and prints how both are compared. */
export async function forkStep({
  client,
  terminal,
  given: [id = '', at = ''],
  text,
  flags,
  signal,
}: Call): Promise<void> {
  const step = parseCount(at, 'step') ?? 0
  const changes = text['changes'] === undefined ? {} : ((await readJson(text['changes'], terminal)) as object)
  const job = await client.jobs.fork(id, { step, changes }, { signal })
  if (flags['json'] === true) return terminal.out(JSON.stringify(job, named))
  terminal.out(`${job.id} ${job.status}, as ${id} up to step ${step}`)
  terminal.note(`side by side: unroll compare ${id} ${job.id}`)
}
