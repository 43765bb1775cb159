import { element, setAttribute } from '../../dom/element.ts'
import { formatName, formatValue } from '../../format.ts'
import type { JobEvent } from '@unroll/client'
import { chartPanel, labelledSelect } from '../shared/chart_panel.ts'
import { followRun, type RunContext } from './run_context.ts'

const EVERY_MS = 2_000
const LIMIT = 100

/** Which entries of a log are shown. */
const LEVELS = { all: 'everything', warn: 'warnings and errors', error: 'errors' } as const

/** The log of a job, newest first. */
export class EventList {
  readonly root: HTMLElement
  readonly #list: HTMLElement = element('ol', { class: 'events', testId: 'events' })
  readonly #onEvents: (events: readonly JobEvent[]) => void
  readonly #all: JobEvent[] = []
  #cursor: string | undefined

  /** @param onEvents receives the whole log, oldest first, whenever it has grown */
  constructor(context: RunContext, jobId: string, onEvents: (events: readonly JobEvent[]) => void) {
    this.#onEvents = onEvents
    const { signal } = context
    const choices = Object.entries(LEVELS).map(([value, text]) => ({ value, text }))
    const onChange = (value: string) => setAttribute(this.#list, 'data-from', value)
    const level = labelledSelect('Show', choices, { testId: 'log-level', signal, onChange })
    this.root = chartPanel({ title: 'Log', controls: [level.root] }, this.#list)
    followRun(context, EVERY_MS, async (reading) => {
      const query = { after: this.#cursor, limit: LIMIT }
      const { data, next } = await context.client.jobs.events(jobId, query, { signal: reading })
      if (data.length > 0) this.#show(data)
      return { isMore: next !== null }
    })
  }

  #show(events: readonly JobEvent[]): void {
    for (const event of events) this.#list.prepend(item(event))
    this.#cursor = events.at(-1)?.seq.toString() ?? this.#cursor
    setAttribute(this.#list, 'data-count', String(this.#list.children.length))
    this.#all.push(...events)
    this.#onEvents(this.#all)
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
