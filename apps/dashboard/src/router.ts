/** The page that the hash of the URL selects. */
export type Route =
  | { readonly page: 'jobs' }
  | { readonly page: 'job'; readonly id: string }
  | { readonly page: 'submit'; readonly dataset: string | null }
  | { readonly page: 'datasets' }
  | { readonly page: 'dataset'; readonly id: string }
  | { readonly page: 'sweeps' }
  | { readonly page: 'usage' }
  | { readonly page: 'models' }
  | { readonly page: 'sweep'; readonly id: string }
  | { readonly page: 'sessions' }
  | { readonly page: 'session'; readonly id: string }
  | { readonly page: 'compare'; readonly ids: readonly string[] }
  | { readonly page: 'unknown'; readonly path: string }

/**
 * The route of a location hash: `#/`, `#/?status=failed`, `#/new`, `#/new?dataset={id}`, `#/jobs/{id}`, `#/compare?jobs={id},{id}`, `#/datasets`,
 * `#/datasets/{id}`, `#/models`, `#/usage`, `#/sweeps`, `#/sweeps/{id}`, `#/sessions` or `#/sessions/{id}`.
 */
export function parseRoute(hash: string): Route {
  const [path = '', query = ''] = hash.replace(/^#/, '').split('?')
  if (path === '' || path === '/' || path === '/jobs') return { page: 'jobs' }
  if (path === '/new') return { page: 'submit', dataset: new URLSearchParams(query).get('dataset') }
  if (path === '/datasets') return { page: 'datasets' }
  if (path === '/sweeps') return { page: 'sweeps' }
  if (path === '/sessions') return { page: 'sessions' }
  if (path === '/usage') return { page: 'usage' }
  if (path === '/models') return { page: 'models' }
  if (path === '/compare')
    return {
      page: 'compare',
      ids: (new URLSearchParams(query).get('jobs') ?? '').split(',').filter((id) => /^\w+$/.test(id)),
    }
  const [, list = '', id] = /^\/(jobs|sweeps|sessions|datasets)\/([\w-]+)$/.exec(path) ?? []
  const page = ITEMS[list]
  return id === undefined || page === undefined ? { page: 'unknown', path } : { page, id }
}

const ITEMS: Readonly<Record<string, 'job' | 'sweep' | 'session' | 'dataset'>> = {
  jobs: 'job',
  sweeps: 'sweep',
  sessions: 'session',
  datasets: 'dataset',
}

export function jobHref(id: string): string {
  return `#/jobs/${id}`
}

export function compareHref(ids: readonly string[]): string {
  return `#/compare?jobs=${ids.join(',')}`
}

export function sweepHref(id: string): string {
  return `#/sweeps/${id}`
}

export function sessionHref(id: string): string {
  return `#/sessions/${id}`
}

export function datasetHref(id: string): string {
  return `#/datasets/${id}`
}

/** The form of a job on a data set. */
export function trainHref(dataset: string): string {
  return `#/new?dataset=${dataset}`
}
