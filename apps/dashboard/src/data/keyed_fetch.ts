/** Where the key of this tab is kept; it ends with the tab. */
export type KeyStore = Pick<Storage, 'getItem' | 'setItem'>

const NAME = 'unroll-api-key'
const UNAUTHENTICATED = 401

/**
 * A `fetch` that sends the key of this tab, and asks for one where the service needs one. Requests that wait for the
 * key ask once.
 *
 * @param ask resolves with a key
 */
export function keyedFetch(send: typeof fetch, ask: () => Promise<string>, store: KeyStore): typeof fetch {
  let asked: Promise<string> | undefined
  return async (input, init = {}) => {
    for (;;) {
      const key = store.getItem(NAME)
      const response = await send(input, { ...init, headers: withKey(init.headers, key) })
      if (response.status !== UNAUTHENTICATED) return response
      if (store.getItem(NAME) !== key) continue // given meanwhile
      asked ??= ask()
      const given = await asked
      asked = undefined
      store.setItem(NAME, given)
    }
  }
}

function withKey(headers: RequestInit['headers'], key: string | null): Headers {
  const all = new Headers(headers)
  if (key !== null) all.set('authorization', `Bearer ${key}`)
  return all
}
