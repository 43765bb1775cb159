import { isFinal, type Job } from '@unroll/client'
import type { Call, Command } from '../command.ts'
import type { Exit } from '../exit_codes.ts'
import { RunView, SHOWN } from '../run_view.ts'
import { summaryOf } from './jobs.ts'

export const watch: Command = {
  summary: 'shows a run as it trains, until it ends',
  arguments: ['job'],
  example: 'unroll watch job_…',
  run: (call) => watchJob(call, call.given[0] ?? ''),
}

/** Shows a run until it ends; with `--json`, each page of its metrics and then the job, a line each. */
export async function watchJob({ client, terminal, flags, signal }: Call, id: string): Promise<Exit> {
  const asJson = flags['json'] === true
  const view = new RunView()
  const first = await client.jobs.get(id, { signal })
  terminal.status(`${first.status}${first.queue.waiting_for === null ? '' : `, waits for ${first.queue.waiting_for}`}`)
  for await (const page of client.followMetrics(id, { series: asJson ? undefined : SHOWN, signal })) {
    if (asJson) terminal.out(JSON.stringify(page, named))
    view.add(page)
    if (terminal.columns !== undefined && !page.done) terminal.status(view.line(await client.jobs.get(id, { signal })))
  }
  const job = await client.jobs.get(id, { signal })
  terminal.status('')
  if (asJson) terminal.out(JSON.stringify(job))
  else for (const line of [view.line(job), summaryOf(job)]) terminal.out(line)
  return endOf(job)
}

function endOf({ status }: Job): Exit {
  return !isFinal(status) || status === 'succeeded' ? 'ok' : 'failed'
}

/** JSON has no name for what is not finite. */
export function named(_key: string, value: unknown): unknown {
  return typeof value === 'number' && !Number.isFinite(value) ? String(value) : value
}
