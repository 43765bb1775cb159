import { element, setAttribute, setChildren, setText } from '../element.ts'
import { formatAge } from '../format.ts'
import { poll } from '../poll.ts'
import type { Worker } from '@unroll/client'
import { jobHref } from '../router.ts'
import type { ViewContext } from '../context.ts'

const EVERY_MS = 3_000

/** The strip of workers: who is online, what they run on, and what each slot is doing. */
export function workersStrip({ client, pace, connection, signal }: ViewContext): HTMLElement {
  const list = element('ul', { class: 'workers', testId: 'workers' })
  const empty = element('p', { class: 'quiet', text: 'No worker is online: jobs wait in the queue until one is.' })
  empty.hidden = true
  const cards = new Map<string, HTMLElement>()
  const tick = async () => {
    const { data: workers } = await client.workers({ signal })
    for (const id of cards.keys()) if (workers.every((worker) => worker.id !== id)) cards.delete(id)
    for (const worker of workers) {
      const card = cards.get(worker.id) ?? element('li', { class: 'worker', testId: 'worker' })
      cards.set(worker.id, card)
      showWorker(card, worker)
    }
    setChildren(list, [...cards.values()])
    empty.hidden = workers.length > 0
    return 'later' as const
  }
  void poll(tick, { everyMs: EVERY_MS, signal, pace, connection })
  return element(
    'section',
    { attributes: { 'aria-label': 'Workers' } },
    element('h2', { text: 'Workers' }),
    list,
    empty,
  )
}

function showWorker(
  card: HTMLElement,
  { id, host, pid, engine, device, slots, status, last_seen_at: seen }: Worker,
): void {
  const fresh = JSON.stringify([status, slots, engine, device])
  const [head, detail, row] = card.dataset['shown'] === fresh ? [...card.children] : build(card, slots)
  setAttribute(card, 'data-shown', fresh)
  setAttribute(card, 'data-status', status)
  setAttribute(card, 'title', id)
  if (head !== undefined) setText(head, `${host} · ${pid}`)
  if (detail !== undefined) setText(detail, `${engine} on ${device}`)
  const seenWords = status === 'online' ? 'online' : `${status}, last seen ${formatAge(seen, Date.now())}`
  const words = row?.lastElementChild
  if (words !== null && words !== undefined) setText(words, seenWords)
}

function build(card: HTMLElement, slots: Worker['slots']): Element[] {
  card.replaceChildren(
    element('strong', { class: 'worker-name' }),
    element('span', { class: 'quiet' }),
    element('span', { class: 'slots' }, ...slots.map(slot), element('span', { class: 'quiet' })),
  )
  return [...card.children]
}

function slot({ job }: Worker['slots'][number], index: number): HTMLElement {
  const label = job === null ? `Slot ${index + 1} is free` : `Slot ${index + 1} trains ${job}`
  const attributes = { title: label, 'aria-label': label }
  if (job === null) return element('span', { class: 'slot', attributes: { ...attributes, role: 'img' } })
  return element('a', { class: 'slot busy', attributes: { ...attributes, href: jobHref(job) } })
}
