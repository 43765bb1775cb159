import findMyWay, { type HTTPMethod } from 'find-my-way'
import type { App } from '../types.ts'

/**
 * Collects the methods of all routes, to tell a wrong method from a wrong address.
 *
 * @returns the methods that a path has, none where it is no address at all
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
