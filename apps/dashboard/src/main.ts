import './locale.ts' // before uPlot is loaded
import 'uplot/dist/uPlot.min.css'
import './style.css'
import { UnrollClient } from '@unroll/client'
import type { ViewContext } from './context.ts'
import { pagePace } from './data/page_pace.ts'
import { parseRoute, type Route } from './router.ts'
import { connectionBanner } from './views/shared/banner.ts'
import { keyed } from './views/shared/key_dialog.ts'
import { missingPage } from './views/shared/missing_page.ts'

const content = byId('content')
const client = new UnrollClient({
  maxRetries: 0, // the page says that it is stale, and tries again by itself
  fetch: keyed((...request) => fetch(...request)),
})
const pace = pagePace()
const connection = connectionBanner(byId('banner'), pace)
let view = new AbortController()

type Show = (context: ViewContext) => void

/** Each page comes with its own code, once it is opened. */
const PAGES: { [Page in Route['page']]: (route: Extract<Route, { page: Page }>) => Promise<Show> } = {
  jobs: async () => {
    const { showJobs } = await import('./views/jobs/jobs.ts')
    return (context) => showJobs(content, context)
  },
  job: async ({ id }) => {
    const { showRun } = await import('./views/run/run.ts')
    return (context) => showRun(content, context, id)
  },
  submit: async ({ dataset }) => {
    const { showSubmit } = await import('./views/jobs/submit.ts')
    return (context) => showSubmit(content, context, dataset)
  },
  datasets: async () => {
    const { showDatasets } = await import('./views/datasets/datasets.ts')
    return (context) => showDatasets(content, context)
  },
  dataset: async ({ id }) => {
    const { showDataset } = await import('./views/datasets/dataset.ts')
    return (context) => showDataset(content, context, id)
  },
  sweeps: async () => {
    const { showSweeps } = await import('./views/sweeps/sweeps.ts')
    return (context) => showSweeps(content, context)
  },
  sweep: async ({ id }) => {
    const { showSweep } = await import('./views/sweeps/sweep.ts')
    return (context) => showSweep(content, context, id)
  },
  sessions: async () => {
    const { showSessions } = await import('./views/sessions/sessions.ts')
    return (context) => showSessions(content, context)
  },
  session: async ({ id }) => {
    const { showSession } = await import('./views/sessions/session.ts')
    return (context) => showSession(content, context, id)
  },
  compare: async ({ ids }) => {
    const { showComparison } = await import('./views/compare/compare.ts')
    return (context) => showComparison(content, context, ids)
  },
  models: async () => {
    const { showModels } = await import('./views/models/models.ts')
    return (context) => showModels(content, context)
  },
  usage: async () => {
    const { showUsage } = await import('./views/fleet/usage.ts')
    return (context) => showUsage(content, context)
  },
  unknown: async ({ path }) => {
    return () => content.replaceChildren(missingPage('No such page', `There is nothing at ${path}.`))
  },
}

async function show(): Promise<void> {
  view.abort()
  view = new AbortController()
  const { signal } = view
  document.title = 'Unroll'
  const route = parseRoute(location.hash)
  const open = PAGES[route.page] as (of: Route) => Promise<Show>
  const shown = await open(route).catch((): Show => showUnloaded)
  if (!signal.aborted) shown({ client, pace, connection, signal, recordedAt: undefined })
}

/** The code of a page is gone where a newer release has taken its place since this one was opened. */
function showUnloaded(): void {
  content.replaceChildren(missingPage('This page did not load', 'The service may have been renewed: reload the page.'))
}

function byId(id: string): HTMLElement {
  const found = document.getElementById(id)
  if (found === null) throw new Error(`Cannot start as index.html has no element with id "${id}"`)
  return found
}

window.addEventListener('hashchange', () => void show())
// The hash names the page, so that the skip link moves the focus itself.
document.querySelector('.skip')?.addEventListener('click', (event) => {
  event.preventDefault()
  content.focus()
})
void show()
