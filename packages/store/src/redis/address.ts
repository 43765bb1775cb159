// The address of a Redis server in the form of REDIS_URL.

const WANTED =
  'must be an address such as redis://127.0.0.1:6379, rediss://user:password@host:6380/1 or unix:///run/redis.sock?db=1'

/**
 * The fault of a server address, in words without a password; undefined if there is none. The client library checks
 * less: it accepts any path as a database, and uses database 0 if there is no such one.
 */
export function addressFault(url: string): string | undefined {
  const parsed = URL.canParse(url) ? new URL(url) : undefined
  if (parsed === undefined) return `${WANTED}: the current value cannot be read as one`
  const { protocol, hostname } = parsed
  if (protocol === 'unix:') return parsed.pathname.length > 1 ? databaseFault(parsed) : `${WANTED}: it names no socket`
  if (protocol !== 'redis:' && protocol !== 'rediss:') return `${WANTED}: the current value begins with "${protocol}"`
  return hostname === '' ? `${WANTED}: it names no host` : databaseFault(parsed)
}

function databaseFault(parsed: URL): string | undefined {
  const text = parseDatabase(parsed)
  if (text === '' || /^\d{1,6}$/.test(text)) return undefined
  return `must end with the number of a database or without one: current value is "${text}"`
}

function parseDatabase({ protocol, pathname, searchParams }: URL): string {
  return protocol === 'unix:' ? (searchParams.get('db') ?? '') : pathname.slice(1)
}

/** The database number of an address. */
export function databaseNumber(url: string): number {
  return Number(parseDatabase(new URL(url)))
}

/** An address without user and password, for messages. */
export function shownAddress(url: string): string {
  const { protocol, host, pathname, searchParams } = new URL(url)
  if (protocol !== 'unix:') return `${host}${pathname === '/' ? '' : pathname}`
  return `${pathname}${searchParams.has('db') ? `?db=${searchParams.get('db')}` : ''}`
}
