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
  const router = findMyWay()
  const methods = new Set<HTTPMethod>()
  app.addHook('onRoute', ({ url, method }) => {
    for (const each of [method].flat() as HTTPMethod[]) {
      methods.add(each)
      router.on(each, url, () => {})
    }
  })
  return (path) => [...methods].filter((method) => router.find(method, path) !== null)
}
