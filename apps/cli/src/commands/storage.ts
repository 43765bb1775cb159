import type { Garbage, UnrollClient, Usage } from '@unroll/client'
import { bytesWords } from '../bytes.ts'
import { parseCount, type Call, type Command } from '../command.ts'
import { table } from '../table.ts'

const DAY_MS = 86_400_000
const DAYS = 30

export const usage: Command = {
  summary: 'shows what takes room, and what was trained on which engine, day by day',
  arguments: [],
  options: { days: { type: 'string', value: 'n', help: `training of the last n days (${DAYS} unless given)` } },
  example: 'unroll usage --days 7',
  async run({ client, terminal, text, flags, signal }) {
    const days = parseCount(text['days'], 'days') ?? DAYS
    const from = new Date(Date.now() - (days - 1) * DAY_MS).toISOString().slice(0, 10)
    const found = await client.usage({ from, signal })
    if (flags['json'] === true) return terminal.out(JSON.stringify(found))
    for (const line of [...roomLines(found), '', ...trainingLines(found)]) terminal.out(line)
  },
}

function roomLines({ jobs, redis, artifacts }: Usage): string[] {
  const { as_of: _, ...kinds } = artifacts
  const states = Object.entries(jobs).filter(([, count]) => count > 0)
  const rows = [
    ['jobs', states.map(([status, count]) => `${count} ${status}`).join(', ') || 'none'],
    ['redis', `${bytesWords(redis.memory_bytes)}, rows of ${redis.rows.jobs} jobs ${bytesWords(redis.rows.bytes)}`],
    ...Object.entries(kinds).map(([kind, { count, bytes }]) => [
      kind.replaceAll('_', ' '),
      `${bytesWords(bytes)} in ${count}`,
    ]),
    ['as of', redis.as_of],
  ]
  return table(rows)
}

function trainingLines({ training: { from, to, since, days } }: Usage): string[] {
  const rows = days.map(({ date, engine, device, project, seconds, steps }) => [
    date,
    `${engine} ${device}`,
    project ?? '–',
    seconds.toFixed(1),
    String(steps),
  ])
  const when = since === null ? 'nothing was trained yet' : `counted since ${since}`
  return [
    ...table([['DAY', 'ENGINE', 'PROJECT', 'SECONDS', 'STEPS'], ...rows]),
    `training from ${from} to ${to} (UTC), ${when}`,
  ]
}

export const gc: Command = {
  summary: 'deletes artifacts that no record refers to, and jobs older than the retention',
  arguments: [],
  options: { 'dry-run': { type: 'boolean', help: 'list them with their bytes, and delete nothing' } },
  example: 'unroll gc --dry-run',
  async run({ client, terminal, flags, signal }) {
    const isTrial = flags['dry-run'] === true
    for await (const part of garbage(client, isTrial, signal)) tell(part, { terminal, flags })
  },
}

/** The items to delete, or the deleted ones, request by request. */
async function* garbage(client: UnrollClient, dryRun: boolean, signal: AbortSignal): AsyncGenerator<Garbage> {
  for (let hasMore = true; hasMore;) {
    const part = await client.collectGarbage({ dryRun, signal })
    yield part
    hasMore = part.has_more
  }
}

function tell(part: Garbage, { terminal, flags }: Pick<Call, 'terminal' | 'flags'>): void {
  if (flags['json'] === true) return terminal.out(JSON.stringify(part))
  const { dry_run: isTrial, orphans, jobs, sweeps, retention_days: days, grace_seconds: grace } = part
  const rows = [
    ...orphans.items.map(({ key, bytes, written_at }) => [bytesWords(bytes), written_at, key]),
    ...jobs.items.map(({ id, bytes, finished_at }) => [bytesWords(bytes), finished_at, id]),
    ...sweeps.map((id) => ['', '', id]),
  ]
  for (const line of table(rows)) terminal.out(line)
  const verb = isTrial ? 'would delete' : 'deleted'
  const ages = days === null ? 'jobs are never deleted by their age' : `jobs are deleted ${days} days after their end`
  terminal.out(
    `${verb}: artifacts that no record refers to ${orphans.count} (${bytesWords(orphans.bytes)}), jobs ${jobs.count} (${bytesWords(jobs.bytes)}), sweeps ${sweeps.length}; what was written in the last ${grace} s stays, ${ages}`,
  )
}
