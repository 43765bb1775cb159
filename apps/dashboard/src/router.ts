/** What the part of the address behind `#` asks for. */
export type Route =
  | { readonly page: 'jobs'; readonly status: string | null }
  | { readonly page: 'job'; readonly id: string }
  | { readonly page: 'submit' }
  | { readonly page: 'compare'; readonly ids: readonly string[] }
  | { readonly page: 'unknown'; readonly path: string }

/** The route of a location hash: `#/`, `#/?status=failed`, `#/new`, `#/jobs/{id}` or `#/compare?jobs={id},{id}`. */
export function parseRoute(hash: string): Route {
  const [path = '', query = ''] = hash.replace(/^#/, '').split('?')
  if (path === '' || path === '/' || path === '/jobs') {
    return { page: 'jobs', status: new URLSearchParams(query).get('status') }
  }
  if (path === '/new') return { page: 'submit' }
  if (path === '/compare')
    return {
      page: 'compare',
      ids: (new URLSearchParams(query).get('jobs') ?? '').split(',').filter((id) => /^\w+$/.test(id)),
    }
  const id = /^\/jobs\/([\w-]+)$/.exec(path)?.[1]
  return id === undefined ? { page: 'unknown', path } : { page: 'job', id }
}

export function jobHref(id: string): string {
  return `#/jobs/${id}`
}

export function compareHref(ids: readonly string[]): string {
  return `#/compare?jobs=${ids.join(',')}`
}
