import './locale.ts' // before uPlot is loaded
import 'uplot/dist/uPlot.min.css'
import './style.css'
import { UnrollClient } from '@unroll/client'
import { pagePace } from './data/page_pace.ts'
import { parseRoute } from './router.ts'
import { connectionBanner } from './views/shared/banner.ts'
import { keyed } from './views/shared/key_dialog.ts'
import { missingPage } from './views/shared/missing_page.ts'
import { showComparison } from './views/sweeps/compare.ts'
import { showDataset } from './views/datasets/dataset.ts'
import { showDatasets } from './views/datasets/datasets.ts'
import { showJobs } from './views/jobs/jobs.ts'
import { showModels } from './views/models/models.ts'
import { showRun } from './views/run/run.ts'
import { showSubmit } from './views/jobs/submit.ts'
import { showSweep } from './views/sweeps/sweep.ts'
import { showSweeps } from './views/sweeps/sweeps.ts'
import { showUsage } from './views/fleet/usage.ts'

const content = byId('content')
const client = new UnrollClient({ fetch: keyed((...request) => fetch(...request)) })
const pace = pagePace()
const connection = connectionBanner(byId('banner'), pace)
let view = new AbortController()

function show(): void {
  view.abort()
  view = new AbortController()
  document.title = 'Unroll'
  const context = { client, pace, connection, signal: view.signal }
  const route = parseRoute(location.hash)
  if (route.page === 'jobs') showJobs(content, context, route.status)
  else if (route.page === 'job') showRun(content, context, route.id)
  else if (route.page === 'submit') showSubmit(content, context, route.dataset)
  else if (route.page === 'datasets') showDatasets(content, context)
  else if (route.page === 'dataset') showDataset(content, context, route.id)
  else if (route.page === 'sweeps') showSweeps(content, context)
  else if (route.page === 'usage') showUsage(content, context)
  else if (route.page === 'models') showModels(content, context)
  else if (route.page === 'sweep') showSweep(content, context, route.id)
  else if (route.page === 'compare') showComparison(content, context, route.ids)
  else content.replaceChildren(missingPage('No such page', `There is nothing at ${route.path}.`))
}

function byId(id: string): HTMLElement {
  const found = document.getElementById(id)
  if (found === null) throw new Error(`Cannot start as index.html has no element with id "${id}"`)
  return found
}

window.addEventListener('hashchange', show)
// The hash names the page, so that the skip link moves the focus itself.
document.querySelector('.skip')?.addEventListener('click', (event) => {
  event.preventDefault()
  content.focus()
})
show()
