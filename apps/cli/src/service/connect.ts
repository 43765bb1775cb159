import { UnrollClient } from '@unroll/client'
import type { Service } from './choose_service.ts'

/** A client of a service, which sends its key. */
export function connect({ url, apiKey }: Pick<Service, 'url' | 'apiKey'>): UnrollClient {
  if (apiKey === undefined) return new UnrollClient({ baseUrl: url })
  const send: typeof fetch = (input, init) => {
    const headers = new Headers(init?.headers)
    headers.set('authorization', `Bearer ${apiKey}`)
    return fetch(input, { ...init, headers })
  }
  return new UnrollClient({ baseUrl: url, fetch: send })
}
