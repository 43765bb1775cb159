import type { App } from '../types.ts'

interface KnownRoute {
  path: RegExp
  methods: string[]
}

/**
 * Remembers all routes, to tell a wrong method from a wrong address.
 *
 * @returns the methods that a path has, none where it is no address at all
 */
export function rememberMethods(app: App): (path: string) => string[] {
  const routes: KnownRoute[] = []
  app.addHook('onRoute', ({ url, method }) => {
    const path = new RegExp(
      `^${url
        .replaceAll(/[.+?^${}()|[\]\\]/g, String.raw`\$&`)
        .replaceAll('*', '.*')
        .replaceAll(/:\w+/g, '[^/]+')}$`,
    )
    routes.push({ path, methods: [method].flat() })
  })
  return (path) => [...new Set(routes.filter((route) => route.path.test(path)).flatMap(({ methods }) => methods))]
}
