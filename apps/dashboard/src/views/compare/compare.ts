import { StepCursor } from '../../charts/step_cursor.ts'
import type { ViewContext } from '../../context.ts'
import { element } from '../../dom/element.ts'
import { formatValue } from '../../format.ts'
import { jobHref } from '../../router.ts'
import { differences, type Job } from '@unroll/client'
import { chartPanel, toggle } from '../shared/chart_panel.ts'
import { nullIfMissing } from '../shared/missing_page.ts'
import { showStatus, statusBadge } from '../shared/status.ts'
import { errorWords } from '../shared/words.ts'
import { ComparedFlow } from './compared_flow.ts'
import { ComparedReach } from './compared_reach.ts'
import { CompareView, MOST_RUNS, assignColours, type ComparedRun } from './compared_runs.ts'
import { ComparisonCharts } from './comparison_charts.ts'

/** Several runs on the same charts, and the differences of their specifications. */
export function showComparison(root: HTMLElement, context: ViewContext, ids: readonly string[]): void {
  document.title = 'Compare · Unroll'
  root.replaceChildren(element('p', { class: 'quiet', text: 'Loading the jobs …' }))
  const load = async () => {
    const jobs = await Promise.all(
      ids.slice(0, MOST_RUNS).map((id) => context.client.jobs.get(id).catch(nullIfMissing)),
    )
    const found = jobs.filter((job) => job !== null)
    if (!context.signal.aborted) root.replaceChildren(createPage(context, found, ids.length))
  }
  load().catch((error: unknown) => root.replaceChildren(element('p', { class: 'fault', text: errorWords(error) })))
}

function createPage(context: ViewContext, jobs: readonly Job[], wanted: number): HTMLElement {
  const runs = assignColours(jobs)
  const view = new CompareView()
  const cursor = new StepCursor()
  const words = `${jobs.length} runs${jobs.length < wanted ? `, of ${wanted} asked for` : ''}`
  const flow = new ComparedFlow(context, { runs, view, cursor })
  const charts = new ComparisonCharts(context, { runs, view, cursor }, (range) => flow.showRange(range))
  const bands = toggle('repeats as one line with a band', {
    testId: 'compare-bands',
    signal: context.signal,
    isOn: view.choice.hasBands,
    onChange: (hasBands) => view.change({ hasBands }),
  })
  bands.hidden = !charts.hasRepeats
  const log = toggle('losses on a log axis', {
    testId: 'compare-log',
    signal: context.signal,
    isOn: view.choice.logLoss,
    onChange: (logLoss) => view.change({ logLoss }),
  })
  const head = element(
    'div',
    { class: 'section-head' },
    element('h1', { text: `Compare ${words}`, testId: 'compare-title' }),
    element('div', { class: 'controls' }, bands, log),
  )
  return element(
    'div',
    { class: 'compare-page' },
    element('section', {}, head, runToggles(runs, view, context.signal)),
    flow.root,
    new ComparedReach(context, { runs, view }).root,
    ...charts.roots,
    settings(runs),
  )
}

/** A box for each run that shows or hides it everywhere. */
function runToggles(runs: readonly ComparedRun[], view: CompareView, signal: AbortSignal): HTMLElement {
  const boxes = runs.map(({ job: { id, name }, colour }) => {
    const swatch = element('span', { class: 'swatch', attributes: { 'aria-hidden': 'true' } })
    swatch.style.setProperty('--swatch', `var(${colour})`)
    const box = toggle(name, {
      testId: 'compare-run',
      signal,
      isOn: !view.choice.hidden.has(id),
      onChange: (isShown) => view.toggle(id, isShown),
    })
    box.prepend(swatch)
    return box
  })
  return element(
    'div',
    { class: 'controls run-toggles', attributes: { role: 'group', 'aria-label': 'Runs' } },
    ...boxes,
  )
}

/** Results that are compared beside the specifications. */
const RESULTS = ['loss', 'evaluation_loss', 'evaluation_accuracy', 'grad_norm', 'clipped_share'] as const

/** The runs side by side: their state, their last values, and the fields of their specifications that differ. */
function settings(runs: readonly ComparedRun[]): HTMLElement {
  const heads = runs.map(({ job: { id, name }, colour }) => {
    const swatch = element('span', { class: 'swatch', attributes: { 'aria-hidden': 'true' } })
    swatch.style.setProperty('--swatch', `var(${colour})`)
    return element(
      'th',
      { attributes: { scope: 'col' } },
      swatch,
      ' ',
      element('a', { text: name, attributes: { href: jobHref(id) } }),
    )
  })
  const states = runs.map(({ job }) => {
    const badge = statusBadge()
    showStatus(badge, job)
    return element('td', {}, badge)
  })
  const results = RESULTS.filter((name) => runs.some(({ job }) => job.result?.[name] !== undefined)).map((name) =>
    row(
      name.replaceAll('_', ' '),
      runs.map(({ job: { result } }) => {
        const value = result?.[name]
        return element('td', { class: 'number', text: value === undefined ? '–' : formatValue(value) })
      }),
    ),
  )
  const fields = differences(runs.map(({ job }) => job.spec))
  const rows = fields.map(({ path, values }) =>
    row(
      path,
      values.map((value) => element('td', { text: value === undefined ? '–' : String(value) })),
    ),
  )
  const head = element('tr', {}, element('td'), ...heads)
  const table = element(
    'table',
    { class: 'settings', testId: 'compare-settings' },
    element('thead', {}, head),
    element('tbody', {}, row('status', states), ...results, ...rows),
  )
  const note = fields.length === 0 ? 'the specifications are the same' : 'what the specifications differ in'
  const scrolled = element('div', { class: 'scrolled', attributes: { tabindex: '0' } }, table)
  return chartPanel({ title: 'Settings', note }, scrolled)
}

function row(name: string, cells: readonly HTMLElement[]): HTMLElement {
  return element('tr', {}, element('th', { text: name, attributes: { scope: 'row' } }), ...cells)
}
