import type { Command } from '../command.ts'
import { table } from '../table.ts'

export const workers: Command = {
  summary: 'lists the workers and what they train',
  arguments: [],
  example: 'unroll workers',
  async run({ client, terminal, flags, signal }) {
    const page = await client.workers({ signal })
    if (flags['json'] === true) return terminal.out(JSON.stringify(page))
    const rows = page.data.map(({ id, status, host, engine, device, slots }) => [
      id,
      status,
      host,
      `${engine} ${device}`,
      slots.map(({ job }) => job ?? 'free').join(' '),
    ])
    for (const line of table([['ID', 'STATUS', 'HOST', 'ENGINE', 'SLOTS'], ...rows])) terminal.out(line)
  },
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
