/** The page that the hash of the URL selects. */
export type Route =
  | { readonly page: 'jobs'; readonly status: string | null }
  | { readonly page: 'job'; readonly id: string }
  | { readonly page: 'submit' }
  | { readonly page: 'sweeps' }
  | { readonly page: 'usage' }
  | { readonly page: 'sweep'; readonly id: string }
  | { readonly page: 'compare'; readonly ids: readonly string[] }
  | { readonly page: 'unknown'; readonly path: string }

/** The route of a location hash: `#/`, `#/?status=failed`, `#/new`, `#/jobs/{id}`, `#/compare?jobs={id},{id}`, `#/usage`, `#/sweeps` or `#/sweeps/{id}`. */
export function parseRoute(hash: string): Route {
  const [path = '', query = ''] = hash.replace(/^#/, '').split('?')
  if (path === '' || path === '/' || path === '/jobs') {
    return { page: 'jobs', status: new URLSearchParams(query).get('status') }
  }
  if (path === '/new') return { page: 'submit' }
  if (path === '/sweeps') return { page: 'sweeps' }
  if (path === '/usage') return { page: 'usage' }
  if (path === '/compare')
    return {
      page: 'compare',
      ids: (new URLSearchParams(query).get('jobs') ?? '').split(',').filter((id) => /^\w+$/.test(id)),
    }
  const [, list, id] = /^\/(jobs|sweeps)\/([\w-]+)$/.exec(path) ?? []
  if (id === undefined) return { page: 'unknown', path }
  return { page: list === 'jobs' ? 'job' : 'sweep', id }
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
