import { element, setAttribute } from '../../dom/element.ts'
import { formatName, formatValue } from '../../format.ts'
import type { JobEvent } from '@unroll/client'
import { followRun, type RunContext } from './run_context.ts'

const EVERY_MS = 2_000
const LIMIT = 100

/** The log of a job, newest first. */
export class EventList {
  readonly root: HTMLElement
  readonly #list: HTMLElement = element('ol', { class: 'events', testId: 'events' })
  #cursor: string | undefined

  constructor(context: RunContext, jobId: string) {
    this.root = element(
      'section',
      { class: 'panel', attributes: { 'aria-label': 'Events' } },
      element('h2', { text: 'Events' }),
      this.#list,
    )
    followRun(context, EVERY_MS, async (signal) => {
      const { data, next } = await context.client.jobs.events(jobId, { after: this.#cursor, limit: LIMIT }, { signal })
      this.#show(data)
      return { isMore: next !== null }
    })
  }

  #show(events: readonly JobEvent[]): void {
    for (const event of events) this.#list.prepend(item(event))
    this.#cursor = events.at(-1)?.seq.toString() ?? this.#cursor
    setAttribute(this.#list, 'data-count', String(this.#list.children.length))
  }
}

/** The number of an attempt; an epoch of training is something else. */
const ATTEMPT: Readonly<Record<string, string>> = { epoch: 'attempt', newest_epoch: 'newest_attempt' }

function item({ created_at: time, level, code, message, data }: JobEvent): HTMLElement {
  const clock = new Date(time).toLocaleTimeString('en-GB')
  const details = Object.entries(data).map(([name, value]) => `${formatName(ATTEMPT[name] ?? name)} ${shown(value)}`)
  return element(
    'li',
    { attributes: { 'data-level': level, 'data-code': code } },
    element('time', { text: clock, attributes: { datetime: time, title: new Date(time).toLocaleString() } }),
    element(
      'span',
      {},
      message,
      element('span', { class: 'quiet', text: details.length === 0 ? '' : ` · ${details.join(' · ')}` }),
    ),
  )
}

function shown(value: unknown): string {
  if (typeof value === 'number') return formatValue(value)
  return typeof value === 'string' ? value : JSON.stringify(value)
}
