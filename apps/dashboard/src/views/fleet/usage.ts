import { formatDuration, type Usage } from '@unroll/client'
import type { ViewContext } from '../../context.ts'
import { element } from '../../dom/element.ts'
import { formatAge, formatBytes, formatCount, formatName } from '../../format.ts'
import { poll } from '../../data/poll.ts'
import { createTable } from '../shared/table.ts'

const EVERY_MS = 30_000

/** The page of storage and training. */
export function showUsage(root: HTMLElement, { client, signal, pace, connection }: ViewContext): void {
  document.title = 'Usage · Unroll'
  const tick = async () => {
    const usage = await client.usage({ signal })
    root.replaceChildren(roomSection(usage), trainingSection(usage))
    return 'later' as const
  }
  root.replaceChildren(element('section', {}, element('h1', { text: 'Usage' })))
  void poll(tick, { everyMs: EVERY_MS, signal, pace, connection })
}

function roomSection({ redis, artifacts: { as_of: asOf, ...kinds } }: Usage): HTMLElement {
  const { memory_bytes: memory, rows } = redis
  return element(
    'section',
    { attributes: { 'aria-label': 'Room' } },
    element('h1', { text: 'Usage' }),
    createTable(
      'usage-room',
      ['What', 'Where', 'Bytes', 'Count'],
      [
        ['All that the server holds', 'Redis', formatBytes(memory), '–'],
        ['Rows not archived yet', 'Redis', formatBytes(rows.bytes), `of ${formatCount(rows.jobs)} jobs`],
        ...Object.entries(kinds).map(([kind, { bytes, count }]) => [
          capitalised(formatName(kind)),
          'artifacts',
          formatBytes(bytes),
          formatCount(count),
        ]),
      ],
    ),
    element('p', { class: 'quiet', text: `As of ${asOf}, ${formatAge(asOf, Date.now())}` }),
  )
}

function trainingSection({ training: { from, to, since, days } }: Usage): HTMLElement {
  const counted = since === null ? 'Nothing was trained yet' : `Counted since ${since}`
  const rows = days
    .toReversed()
    .map(({ date, engine, device, project, seconds, steps }) => [
      date,
      `${engine} ${device}`,
      project ?? '–',
      formatDuration(seconds),
      formatCount(steps),
    ])
  return element(
    'section',
    { attributes: { 'aria-label': 'Training' } },
    element('h2', { text: 'Training' }),
    createTable('usage-training', ['Day (UTC)', 'Engine', 'Project', 'Time', 'Steps'], rows),
    element('p', { class: 'quiet', text: `From ${from} to ${to}. ${counted}.` }),
  )
}

function capitalised(words: string): string {
  return words.charAt(0).toUpperCase() + words.slice(1)
}
