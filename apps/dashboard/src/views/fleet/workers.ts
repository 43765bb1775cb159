import { element, setAttribute, setChildren, setText } from '../../dom/element.ts'
import { formatAge } from '../../format.ts'
import { poll } from '../../data/poll.ts'
import type { Worker } from '@unroll/client'
import { jobHref } from '../../router.ts'
import type { ViewContext } from '../../context.ts'
import { QueuePause } from './queue_pause.ts'
import { WorkerDrain } from './worker_drain.ts'
import { engineWords, workerNotes, type WorkerNote } from './worker_words.ts'

const EVERY_MS = 3_000

/** The strip of workers: which are online, their devices, the job of each slot, and whether the queue is paused. */
export function workersStrip(context: ViewContext): HTMLElement {
  const { client, pace, connection, signal } = context
  const list = element('ul', { class: 'workers', testId: 'workers' })
  const empty = element('p', { class: 'quiet', text: 'No worker is online: jobs wait in the queue until one is.' })
  empty.hidden = true
  const pause = new QueuePause(context)
  const cards = new Map<string, WorkerCard>()
  const tick = async () => {
    const [{ data: workers }, queue] = await Promise.all([client.workers({ signal }), client.queue({ signal })])
    pause.show(queue)
    for (const id of cards.keys()) if (workers.every((worker) => worker.id !== id)) cards.delete(id)
    for (const worker of workers) {
      const card = cards.get(worker.id) ?? new WorkerCard(context, worker.id)
      cards.set(worker.id, card)
      card.show(worker)
    }
    setChildren(
      list,
      Array.from(cards.values(), ({ root }) => root),
    )
    empty.hidden = workers.length > 0
    return 'later' as const
  }
  void poll(tick, { everyMs: EVERY_MS, signal, pace, connection })
  return element(
    'section',
    { attributes: { 'aria-label': 'Workers' } },
    element('div', { class: 'section-head' }, element('h2', { text: 'Workers' }), pause.root),
    list,
    empty,
  )
}

class WorkerCard {
  readonly root: HTMLElement
  readonly #words: HTMLElement = element('div', { class: 'worker-words' })
  readonly #drain: WorkerDrain

  constructor(context: ViewContext, id: string) {
    this.#drain = new WorkerDrain(context, id, (worker) => this.show(worker))
    this.root = element('li', { class: 'worker', testId: 'worker' }, this.#words, this.#drain.root)
  }

  show(worker: Worker): void {
    showWorker(this.root, this.#words, worker)
    this.#drain.show(worker)
  }
}

function showWorker(card: HTMLElement, body: HTMLElement, worker: Worker): void {
  const { id, host, pid, slots, status, last_seen_at: seen } = worker
  const fresh = JSON.stringify([status, slots])
  const [head, detail, row, notes] = card.dataset['shown'] === fresh ? [...body.children] : build(body, slots)
  setAttribute(card, 'data-shown', fresh)
  setAttribute(card, 'data-status', status)
  setAttribute(card, 'title', id)
  if (head !== undefined) setText(head, `${host} · ${pid}`)
  if (detail !== undefined) setText(detail, engineWords(worker))
  if (notes !== undefined) showNotes(notes, workerNotes(worker))
  const seenWords = status === 'online' ? 'online' : `${status}, last seen ${formatAge(seen, Date.now())}`
  const words = row?.lastElementChild
  if (words !== null && words !== undefined) setText(words, seenWords)
}

function build(body: HTMLElement, slots: Worker['slots']): Element[] {
  body.replaceChildren(
    element('strong', { class: 'worker-name' }),
    element('span', { class: 'quiet' }),
    element('span', { class: 'slots' }, ...slots.map(slot), element('span', { class: 'quiet' })),
    element('ul', { class: 'worker-notes' }),
  )
  return [...body.children]
}

function showNotes(list: Element, notes: readonly WorkerNote[]): void {
  const lines = notes.map((_, at) => list.children[at] ?? element('li', { testId: 'worker-note' }))
  setChildren(list, lines)
  for (const [at, { text, warns }] of notes.entries()) {
    const line = lines[at]
    if (line === undefined) continue
    setText(line, text)
    setAttribute(line, 'data-warns', warns ? '' : null)
  }
}

function slot({ job }: Worker['slots'][number], index: number): HTMLElement {
  const label = job === null ? `Slot ${index + 1} is free` : `Slot ${index + 1} trains ${job}`
  const attributes = { title: label, 'aria-label': label }
  if (job === null) return element('span', { class: 'slot', attributes: { ...attributes, role: 'img' } })
  return element('a', { class: 'slot busy', attributes: { ...attributes, href: jobHref(job) } })
}
