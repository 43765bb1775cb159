import { isFinal, type Job, type StreamMessage } from '@unroll/client'
import type { Call, Command } from '../command.ts'
import type { Exit } from '../exit_codes.ts'
import { RunView, SHOWN } from '../run_view.ts'
import { eventLine } from './events.ts'
import { formatJob } from './jobs.ts'
import { named } from '../named_numbers.ts'

export const watch: Command = {
  summary: 'shows a run and its log as it trains, until it ends',
  arguments: ['job'],
  example: 'unroll watch job_…',
  run: (call) => watchJob(call, call.given[0] ?? ''),
}

/**
 * Shows a run until it ends: its log line by line, and its progress. With `--json` it prints the messages of the
 * stream, one a line; the last is the ended job.
 */
export async function watchJob({ client, terminal, flags, signal }: Call, id: string): Promise<Exit> {
  const asJson = flags['json'] === true
  const view = new RunView(await client.jobs.get(id, { signal }))
  terminal.status(view.line())
  const types = ['status', 'metrics', 'event', 'checkpoint'] as const
  for await (const message of client.stream(id, { types, series: asJson ? undefined : SHOWN, signal })) {
    view.hear(message)
    const line = asJson ? JSON.stringify(message.data, named) : formatEntry(message)
    if (line !== undefined) {
      terminal.status('')
      terminal.out(line)
    }
    terminal.status(view.line())
  }
  terminal.status('')
  if (!asJson) for (const line of [view.line(), formatJob(view.job)]) terminal.out(line)
  return chooseExit(view.job)
}

/** An entry of the log, as a line; undefined for any other message. */
function formatEntry({ type, data }: StreamMessage): string | undefined {
  return type === 'event' || type === 'checkpoint' ? eventLine(data) : undefined
}

function chooseExit({ status }: Job): Exit {
  return !isFinal(status) || status === 'succeeded' ? 'ok' : 'failed'
}
