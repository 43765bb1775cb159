import { setTimeout as sleep } from 'node:timers/promises'
import type { Worker } from '@unroll/client'
import type { Call, Command } from '../command.ts'
import { table } from '../table.ts'

const LOOK_EVERY_MS = 500

export const workers: Command = {
  summary: 'lists the workers and what they train',
  arguments: [],
  example: 'unroll workers',
  async run({ client, terminal, flags, signal }) {
    const page = await client.workers({ signal })
    if (flags['json'] === true) return terminal.out(JSON.stringify(page))
    const rows = page.data.map(({ id, status, host, engine, device, gpus, slots, versions }) => [
      id,
      status,
      host,
      versions['unroll'] ?? 'unknown',
      `${engine} ${device}`,
      String(gpus.length),
      slots.map(({ job }) => job ?? 'free').join(' '),
    ])
    const head = ['ID', 'STATUS', 'HOST', 'VERSION', 'ENGINE', 'GPUS', 'SLOTS']
    for (const line of table([head, ...rows])) terminal.out(line)
    for (const warning of page.data.flatMap(warningsOf)) terminal.out(`! ${warning}`)
  },
}

export const drain: Command = {
  summary: 'has a worker take no more jobs, and hand back those that it trains',
  arguments: ['worker'],
  options: {
    finish: { type: 'boolean', help: 'it trains the jobs that it has to their end first' },
    wait: { type: 'boolean', help: 'go on until it trains no job' },
  },
  example: 'unroll drain wrk_… --wait',
  async run({ client, terminal, given: [id = ''], flags, signal }) {
    const asked = await client.drainWorker(id, { running: flags['finish'] === true ? 'finish' : 'hand_back', signal })
    const worker = flags['wait'] === true ? await untilIdle(asked, { client, terminal, signal }) : asked
    tell(worker, { terminal, flags })
  },
}

export const undrain: Command = {
  summary: 'has a drained worker take jobs again',
  arguments: ['worker'],
  example: 'unroll undrain wrk_…',
  async run({ client, terminal, given: [id = ''], flags, signal }) {
    tell(await client.undrainWorker(id, { signal }), { terminal, flags })
  },
}

function tell(worker: Worker, { terminal, flags }: Pick<Call, 'terminal' | 'flags'>): void {
  const jobs = jobsOf(worker).length
  terminal.out(flags['json'] === true ? JSON.stringify(worker) : `${worker.id} ${worker.status}, trains ${jobs} jobs`)
}

/** The worker once it trains nothing, or as it was last heard of before it ended. */
async function untilIdle(
  asked: Worker,
  { client, terminal, signal }: Pick<Call, 'client' | 'terminal' | 'signal'>,
): Promise<Worker> {
  let worker = asked
  while (jobsOf(worker).length > 0 && worker.status !== 'lost') {
    terminal.status(`${worker.id} trains ${jobsOf(worker).join(', ')}`)
    await sleep(LOOK_EVERY_MS, undefined, { signal })
    const { data } = await client.workers({ signal })
    worker = data.find(({ id }) => id === worker.id) ?? { ...worker, slots: [] }
  }
  terminal.status('')
  return worker
}

function jobsOf({ slots }: Worker): string[] {
  return slots.flatMap(({ job }) => job ?? [])
}

export const queue: Command = {
  summary: 'shows how many jobs wait, and for how long',
  arguments: [],
  example: 'unroll queue',
  async run({ client, terminal, flags, signal }) {
    const state = await client.queue({ signal })
    if (flags['json'] === true) return terminal.out(JSON.stringify(state))
    const rows = state.lines.map((line) => [
      line.accelerator,
      String(line.depth),
      String(line.workers),
      String(line.free_slots),
    ])
    for (const line of table([['ACCELERATOR', 'JOBS', 'WORKERS', 'FREE SLOTS'], ...rows])) terminal.out(line)
  },
}

/** What hinders a worker from training as fast as its machine could. */
function warningsOf({ id, engine_fallback: isFallback, engine_reason: reason, gpus }: Worker): string[] {
  const faults = gpus
    .filter(({ fault }) => fault !== null)
    .map(({ name, uuid, fault }) => `${name} (${uuid}): ${fault}`)
  return [...(isFallback ? [reason] : []), ...faults].map((why) => `${id}: ${why}`)
}
