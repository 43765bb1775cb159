import { setTimeout as sleep } from 'node:timers/promises'
import type { Sweep, SweepDryRun, SweepRequest } from '@unroll/client'
import type { Call, Command } from '../command.ts'
import type { Exit } from '../exit_codes.ts'
import { formatCounts, formatValue } from '../sweep_words.ts'
import { PAGE_OPTIONS, parsePage, printPage } from '../paging.ts'
import { submission } from '../submission.ts'
import { named } from '../named_numbers.ts'

const LOOK_EVERY_MS = 1_000

export const sweep: Command = submission<SweepRequest, SweepDryRun>({
  summary: 'submits many jobs of one template',
  noun: 'sweep',
  estimate: 'which trials there would be and what they would cost',
  to: (client) => client.sweeps,
  describe: async (answer) => (await import('../views/sweep_view.ts')).describeTrials(answer),
  watch: watchSweep,
  example: 'unroll sweep examples/sweep.json --watch    (the file is - for standard input)',
})

export const sweeps: Command = {
  summary: 'lists sweeps, newest first',
  arguments: [],
  options: PAGE_OPTIONS,
  example: 'unroll sweeps',
  async run(call) {
    await printPage(call, await call.client.sweeps.list(parsePage(call), { signal: call.signal }), {
      head: ['ID', 'STATUS', 'JOBS', 'BEST', 'NAME'],
      row: (each) => [each.id, each.status, formatCounts(each), formatValue(each.best?.value), each.name],
    })
  },
}

export const showSweep: Command = {
  summary: 'shows a sweep and its runs',
  arguments: ['sweep'],
  example: 'unroll show-sweep sweep_…',
  async run({ client, terminal, given: [id = ''], flags, signal }) {
    const found = await client.sweeps.get(id, { signal })
    terminal.out(flags['json'] === true ? JSON.stringify(found, named) : await sweepLines(found))
  },
}

export const cancelSweep: Command = {
  summary: 'cancels all jobs of a sweep',
  arguments: ['sweep'],
  example: 'unroll cancel-sweep sweep_…',
  async run({ client, terminal, given: [id = ''], flags, signal }) {
    const found = await client.sweeps.cancel(id, { signal })
    terminal.out(flags['json'] === true ? JSON.stringify(found, named) : `${found.id} ${found.status}`)
  },
}

export const deleteSweep: Command = {
  summary: 'deletes a sweep that has ended, and its jobs with all that they left',
  arguments: ['sweep'],
  options: { 'keep-jobs': { type: 'boolean', help: 'leave its jobs' } },
  example: 'unroll delete-sweep sweep_…',
  async run({ client, terminal, given: [id = ''], flags, signal }) {
    await client.sweeps.delete(id, { keepJobs: flags['keep-jobs'] === true, signal })
    terminal.out(flags['json'] === true ? JSON.stringify({ id, deleted: true }) : `${id} deleted`)
  },
}

/** Shows the progress of a sweep until it ends, then the whole sweep. */
async function watchSweep({ client, terminal, flags, signal }: Call, id: string): Promise<Exit> {
  for (;;) {
    const found = await client.sweeps.get(id, { signal })
    if (found.finished_at !== null) {
      terminal.status('')
      terminal.out(flags['json'] === true ? JSON.stringify(found, named) : await sweepLines(found))
      return found.status === 'succeeded' ? 'ok' : 'failed'
    }
    terminal.status(`${found.status}  ${formatCounts(found)}  best ${formatValue(found.best?.value)}`)
    await sleep(LOOK_EVERY_MS, undefined, { signal })
  }
}

async function sweepLines(found: Sweep): Promise<string> {
  const { formatSweep } = await import('../views/sweep_view.ts')
  return formatSweep(found).join('\n')
}
