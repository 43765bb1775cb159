import { DEFAULT_ALIAS, type RegisteredModel } from '@unroll/client'
import type { ViewContext } from '../../context.ts'
import { poll } from '../../data/poll.ts'
import { element } from '../../dom/element.ts'
import { formatBytes, formatCount, formatValue } from '../../format.ts'
import { jobHref } from '../../router.ts'
import { ConfirmedButton } from '../shared/confirmed_button.ts'
import { linkFiles } from '../shared/file_links.ts'
import { RequestButton, faultText } from '../shared/request_button.ts'
import { tableCell, tableHead } from '../shared/table.ts'
import { errorWords, modelWords } from '../shared/words.ts'

const EVERY_MS = 5_000
const COLUMNS = ['Version', 'Aliases', 'Network', 'Step', 'Loss', 'Size', 'Registered', 'Job', 'Download', 'Actions']

type Version = RegisteredModel['versions'][number]

/** The page of registered models: their versions, which one is in production, and their deletion. */
export function showModels(root: HTMLElement, context: ViewContext): void {
  document.title = 'Models · Unroll'
  const { client, signal, pace, connection } = context
  let shown = ''
  const tick = async () => {
    const models: RegisteredModel[] = []
    for await (const model of client.models.each({ limit: 100 }, { signal })) models.push(model)
    const text = JSON.stringify(models)
    // Unchanged rows keep the focus and the open question of a button.
    if (text !== shown) root.replaceChildren(heading(), ...contents(models))
    shown = text
    return 'later' as const
  }
  const contents = (models: readonly RegisteredModel[]) =>
    models.length === 0
      ? [nothingYet()]
      : models.map((model) => modelSection(model, context, async () => void (await tick())))
  root.replaceChildren(heading())
  void poll(tick, { everyMs: EVERY_MS, signal, pace, connection })
}

function heading(): HTMLElement {
  return element('h1', { text: 'Models' })
}

function nothingYet(): HTMLElement {
  const command = element('code', { text: 'unroll register <job> <name> --alias production' })
  const text = 'No model is registered yet. A checkpoint gets a name and a version with '
  return element('p', { class: 'quiet', testId: 'empty' }, text, command, '; it then stays when its job is deleted.')
}

function modelSection(model: RegisteredModel, context: ViewContext, refresh: () => Promise<void>): HTMLElement {
  const rows = model.versions.map((version) => versionRow(model, version, { context, refresh }))
  return element(
    'section',
    { testId: 'model', attributes: { 'aria-label': model.name } },
    element('h2', { text: model.name }),
    element('table', { class: 'jobs wraps' }, tableHead(COLUMNS), element('tbody', {}, ...rows)),
  )
}

function versionRow(
  { name, aliases }: RegisteredModel,
  { version, spec, step, metrics, bytes, created_at: created, job }: Version,
  { context: { client, signal }, refresh }: { context: ViewContext; refresh: () => Promise<void> },
): HTMLElement {
  const own = Object.entries(aliases).flatMap(([alias, of]) => (of === version ? [alias] : []))
  const loss = metrics['evaluation_loss'] ?? metrics['loss']
  const promote = new RequestButton(
    'promote',
    'Make production',
    async () => {
      await client.models.setAliases(name, { [DEFAULT_ALIAS]: version })
      await refresh()
    },
    signal,
  )
  promote.button.hidden = own.includes(DEFAULT_ALIAS)
  const fault = faultText('delete-error')
  const remove = () =>
    void client.models
      .delete(name, { version })
      .then(refresh)
      .catch((error: unknown) => fault.replaceChildren(errorWords(error)))
  const words = { ask: 'Delete', confirm: `Delete version ${version}` }
  return element(
    'tr',
    { testId: 'version', attributes: { 'data-version': String(version) } },
    tableCell('Version', String(version)),
    tableCell('Aliases', own.join(', ') || '–'),
    tableCell('Network', modelWords(spec)),
    tableCell('Step', formatCount(step)),
    tableCell('Loss', loss === undefined ? '–' : formatValue(Number(loss))),
    tableCell('Size', formatBytes(bytes)),
    tableCell('Registered', created.slice(0, 16).replace('T', ' ')),
    element(
      'td',
      { attributes: { 'data-label': 'Job' } },
      element('a', { text: job, attributes: { href: jobHref(job) } }),
    ),
    element(
      'td',
      { class: 'downloads', attributes: { 'data-label': 'Download' } },
      ...linkFiles(`/v1/models/${name}`, spec, version),
    ),
    element(
      'td',
      { class: 'actions', attributes: { 'data-label': 'Actions' } },
      promote.button,
      new ConfirmedButton('delete', words, remove, signal).root,
      promote.fault,
      fault,
    ),
  )
}
