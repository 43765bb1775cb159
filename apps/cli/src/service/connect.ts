import { UnrollClient } from '@unroll/client'
import type { Service } from './choose_service.ts'

/** A person who waits at a terminal hears of a service that is away after half a second. */
const RETRIES = 1

/** A client of a service, which sends its key. */
export function connect({ url, apiKey }: Pick<Service, 'url' | 'apiKey'>): UnrollClient {
  return new UnrollClient({ baseUrl: url, maxRetries: RETRIES, ...(apiKey !== undefined && { apiKey }) })
}
