import { DEFAULT_URL, type Environment } from '../config.ts'
import { contextPath, findContext, isOpenToOthers, readContexts } from './context_file.ts'
import { UsageError } from '../usage_error.ts'

/** The service of a call. */
export interface Service {
  url: string
  apiKey: string | undefined
  /** What named it, such as `UNROLL_URL`. */
  from: string
}

/**
 * The service that a call means: `--url`, `--context`, `UNROLL_URL`, the current context, this machine; the first of them
 * that says so. A key of a context goes to the address of that context alone; `UNROLL_API_KEY` goes before it.
 *
 * @param note receives what the user should know of it
 * @throws {UsageError}
 */
export async function chooseService(
  { url, context: wanted }: Record<string, string | undefined>,
  environment: Environment,
  note: (line: string) => void,
): Promise<Service> {
  const { UNROLL_URL, UNROLL_API_KEY } = environment
  const apiKey = UNROLL_API_KEY || undefined
  if (url !== undefined) return { url: parseAddress(url, '--url'), apiKey, from: '--url' }
  if (wanted === undefined && UNROLL_URL)
    return { url: parseAddress(UNROLL_URL, 'UNROLL_URL'), apiKey, from: 'UNROLL_URL' }
  const path = contextPath(environment)
  const stored = await readContexts(path)
  const name = wanted ?? stored.current
  if (name === null) return { url: DEFAULT_URL, apiKey, from: 'the default' }
  const context = findContext(stored, name)
  if (context.api_key !== undefined && (await isOpenToOthers(path)))
    note(`Other users can read the keys in ${path}: chmod 600 ${path}`)
  return {
    url: parseAddress(context.url, `the context "${name}"`),
    apiKey: apiKey ?? context.api_key,
    from: `the context "${name}"`,
  }
}

/**
 * An address with its scheme: `http://` unless given.
 *
 * @param from what named it
 * @throws {UsageError}
 */
export function parseAddress(text: string, from: string): string {
  const address = /^[a-z][a-z\d+.-]*:\/\//i.test(text) ? text : `http://${text}`
  if (/^https?:\/\/[^\s/]/i.test(address) && URL.canParse(address)) return address
  throw new UsageError(`the address of the service must be like http://host:8080: ${from} is "${text}"`)
}
