import type { ViewContext } from '../../context.ts'
import { poll } from '../../data/poll.ts'
import { learnable, learningWords } from '../../data/suggestion.ts'
import { element, setText } from '../../dom/element.ts'
import { formatAge, formatBytes, formatValue } from '../../format.ts'
import { trainHref } from '../../router.ts'
import { textProblem, type Dataset, type SampleSequence } from '@unroll/client'
import { ConfirmedButton } from '../shared/confirmed_button.ts'
import { missingPage, nullIfMissing } from '../shared/missing_page.ts'
import { faultText } from '../shared/request_button.ts'
import { errorWords } from '../shared/words.ts'
import { createContents } from './contents.ts'
import { RunsPanel } from './runs_panel.ts'

const EVERY_MS = 5_000

/** The page of one data set: what is in it, what a job learns of it, and the runs that use it. */
export function showDataset(root: HTMLElement, context: ViewContext, id: string): void {
  const { client, signal, pace, connection } = context
  root.replaceChildren(element('p', { class: 'quiet', text: 'Loading the data set …' }))
  const load = async () => {
    const found = await client.datasets.get(id, { signal }).catch(nullIfMissing)
    if (found === null) {
      const words = `There is no data set ${id} here. It may have been deleted.`
      root.replaceChildren(
        missingPage('No such data set', words, 'not-found', { text: 'All data sets', href: '#/datasets' }),
      )
    } else {
      const samples = await client.datasets.sequences(id, { signal })
      root.replaceChildren(head(found, context), contents(found, samples), new RunsPanel(context, id).root)
      document.title = `${found.name} · Unroll`
    }
    return 'stop' as const
  }
  void poll(load, { everyMs: EVERY_MS, signal, pace, connection })
}

function head(dataset: Dataset, { client, signal }: ViewContext): HTMLElement {
  const { id, name } = dataset
  const fault = faultText('action-error')
  const remove = async () => {
    setText(fault, '')
    try {
      await client.datasets.delete(id, { signal })
      location.hash = '#/datasets'
    } catch (error) {
      setText(fault, errorWords(error))
    }
  }
  const removal = new ConfirmedButton(
    'delete',
    { ask: 'Delete data set', confirm: 'Yes, delete it' },
    () => void remove(),
    signal,
  )
  return element(
    'section',
    { class: 'run-head', testId: 'dataset', attributes: { 'data-dataset': id } },
    element(
      'nav',
      { class: 'crumbs', attributes: { 'aria-label': 'Path' } },
      element('a', { text: 'Data', attributes: { href: '#/datasets' } }),
      ' / ',
      element('code', { text: id }),
    ),
    element(
      'div',
      { class: 'section-head' },
      element('h1', { text: name, testId: 'dataset-name' }),
      element(
        'div',
        { class: 'actions' },
        fault,
        element('a', {
          class: 'button main',
          text: 'Train on this',
          testId: 'train',
          attributes: { href: trainHref(id) },
        }),
        removal.root,
      ),
    ),
    createFacts(dataset),
  )
}

function createFacts(dataset: Dataset): HTMLElement {
  const { created_at: created } = dataset
  const entries = {
    Learns: learningWords(dataset) ?? 'what the job says',
    'At chance': chanceWords(dataset),
    Format:
      dataset.kind === 'text'
        ? 'text, UTF-8'
        : `${dataset.format}, kept as Arrow in ${formatBytes(dataset.stored_bytes)}`,
    Uploaded: `${formatAge(created, Date.now())}, ${new Date(created).toLocaleString()}`,
    'SHA-256 of the file': dataset.sha256,
  }
  const setup = Object.entries(entries).map(([title, words]) =>
    element('div', {}, element('dt', { text: title }), element('dd', { text: words })),
  )
  return element('dl', { class: 'setup' }, ...setup)
}

function chanceWords(dataset: Dataset): string {
  const found = dataset.kind === 'text' ? { problem: textProblem(dataset) } : learnable(dataset)
  if (!('problem' in found)) return '–'
  const { loss, accuracy } = found.problem.chance
  if (!Number.isFinite(loss)) return 'measured by each run'
  return `loss ${formatValue(loss)}${accuracy === null ? '' : `, accuracy ${(accuracy * 100).toFixed(1)} %`}`
}

function contents(dataset: Dataset, samples: readonly SampleSequence[]): HTMLElement {
  return element(
    'section',
    { class: 'panel contents', testId: 'contents', attributes: { 'aria-label': 'Contents' } },
    element('h2', { text: 'Contents' }),
    ...createContents(dataset, samples),
  )
}
