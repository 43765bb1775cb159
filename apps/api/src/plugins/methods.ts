import findMyWay, { type HTTPMethod } from 'find-my-way'
import type { App } from '../types.ts'

const SAFE_METHODS: readonly string[] = ['GET', 'HEAD', 'OPTIONS']

/** Whether a method changes nothing (RFC 9110, safe methods). */
export function isSafe(method: string): boolean {
  return SAFE_METHODS.includes(method)
}

/**
 * Collects the methods of all routes, to distinguish a wrong method from an unknown path.
 *
 * @returns the methods of a path; none for an unknown path
 */
export function rememberMethods(app: App): (path: string) => string[] {
  const routes: { url: string; methods: HTTPMethod[] }[] = []
  app.addHook('onRoute', ({ url, method }) => void routes.push({ url, methods: [method].flat() as HTTPMethod[] }))
  let find: ((path: string) => string[]) | undefined // made for the first path that has no route: few starts see one
  return (path) => {
    find ??= routerOf(routes)
    return find(path)
  }
}

function routerOf(routes: readonly { url: string; methods: HTTPMethod[] }[]): (path: string) => string[] {
  const router = findMyWay()
  for (const { url, methods } of routes) for (const method of methods) router.on(method, url, () => {})
  const all = [...new Set(routes.flatMap(({ methods }) => methods))]
  return (path) => all.filter((method) => router.find(method, path) !== null)
}
