import { UnrollClient } from '@unroll/client'
import type { LocalCall, LocalCommand } from '../command.ts'
import { parseAddress } from '../service/choose_service.ts'
import { contextPath, findContext, readContexts, writeContexts, type Context } from '../service/context_file.ts'
import { table } from '../table.ts'
import { UsageError } from '../usage_error.ts'

const LOOPBACK = /^(?:localhost|127\.|\[::1\])/

export const login: LocalCommand = {
  summary: 'stores the address of a service, and its key, as the context that later calls use',
  arguments: ['address'],
  options: {
    name: { type: 'string', value: 'name', help: 'of the context (else host and port of the address)' },
    'with-key': { type: 'boolean', help: 'read the key from standard input (else UNROLL_API_KEY, else no key)' },
  },
  example: 'unroll login unroll.example.org:8080 --with-key < key.txt',
  async runLocally({ terminal, environment, given: [address = ''], text, flags, signal }) {
    const url = parseAddress(address, '<address>')
    const { host, protocol, hostname } = new URL(url)
    const key = flags['with-key'] === true ? await readKey(terminal) : environment['UNROLL_API_KEY'] || undefined
    const client = new UnrollClient({ baseUrl: url, apiKey: key })
    await client.jobs.list({ limit: 1 }, { signal }) // a wrong key is refused here, and nothing is stored
    const name = text['name'] ?? host
    const path = contextPath(environment)
    const { contexts } = await readContexts(path)
    const context: Context = { url, ...(key !== undefined && { api_key: key }) }
    await writeContexts(path, { current: name, contexts: { ...contexts, [name]: context } })
    if (key !== undefined && protocol === 'http:' && !LOOPBACK.test(hostname))
      terminal.note(`The key travels to ${host} without encryption: use https where others can listen`)
    tell({ terminal, flags }, { context: name, url, has_key: key !== undefined, path }, `${name} is in use: ${url}`)
  },
}

export const logout: LocalCommand = {
  summary: 'removes a context and its key',
  arguments: ['context'],
  example: 'unroll logout unroll.example.org:8080',
  async runLocally({ terminal, environment, given: [name = ''], flags }) {
    const path = contextPath(environment)
    const { current, contexts } = await readContexts(path)
    findContext({ contexts }, name)
    const { [name]: _, ...left } = contexts
    await writeContexts(path, { current: current === name ? null : current, contexts: left })
    tell({ terminal, flags }, { context: name, deleted: true }, `${name} removed`)
  },
}

export const listContexts: LocalCommand = {
  summary: 'lists the services that are stored; a star marks the one in use',
  arguments: [],
  example: 'unroll context list',
  async runLocally({ terminal, environment, flags }) {
    const { current, contexts } = await readContexts(contextPath(environment))
    const all = Object.entries(contexts).map(([name, { url, api_key: key }]) => ({
      name,
      url,
      has_key: key !== undefined,
      current: name === current,
    }))
    if (flags['json'] === true) return terminal.out(JSON.stringify({ data: all }))
    const rows = all.map((each) => [each.current ? '*' : '', each.name, each.url, each.has_key ? 'yes' : 'no'])
    for (const line of table([['', 'CONTEXT', 'ADDRESS', 'KEY'], ...rows])) terminal.out(line)
  },
}

export const useContext: LocalCommand = {
  summary: 'has later calls go to a service that is stored',
  arguments: ['context'],
  example: 'unroll context use unroll.example.org:8080',
  async runLocally({ terminal, environment, given: [name = ''], flags }) {
    const path = contextPath(environment)
    const { contexts } = await readContexts(path)
    const { url } = findContext({ contexts }, name)
    await writeContexts(path, { current: name, contexts })
    tell({ terminal, flags }, { context: name, url }, `${name} is in use: ${url}`)
  },
}

function tell({ terminal, flags }: Pick<LocalCall, 'terminal' | 'flags'>, answer: object, words: string): void {
  terminal.out(flags['json'] === true ? JSON.stringify(answer) : words)
}

/** @throws {UsageError} */
async function readKey(terminal: LocalCall['terminal']): Promise<string> {
  const key = (await terminal.input()).toString('utf8').trim()
  if (!/^\S+$/.test(key)) throw new UsageError('--with-key needs the key on standard input: it is empty or has spaces')
  return key
}
