import { SCOPE_NAMES, type ApiKey, type AuditRecord, type NewApiKey, type Scope } from '@unroll/client'
import { parseCount, type Call, type Command } from '../command.ts'
import { table } from '../table.ts'
import { UsageError } from '../usage_error.ts'

export const createKey: Command = {
  summary: 'makes a key, and prints it this once',
  arguments: ['name'],
  options: {
    owner: { type: 'string', value: 'owner', help: 'whom belongs what the key makes (else default)' },
    scopes: { type: 'string', value: 'names', help: `with commas: ${SCOPE_NAMES.join(', ')} (else read,submit)` },
    days: { type: 'string', value: 'n', help: 'days until it expires (else never)' },
    limits: { type: 'string', value: 'list', help: 'limits of its own, such as reads=600,open_jobs=10' },
  },
  example: 'unroll create-key "notebook of Ada" --owner vision --scopes read,submit --days 90',
  async run({ client, terminal, given: [name = ''], text, flags, signal }) {
    const { owner, scopes, limits: list } = text
    const days = parseCount(text['days'], 'days')
    const made = await client.keys.create(
      {
        name,
        ...(owner !== undefined && { owner }),
        ...(scopes !== undefined && { scopes: scopes.split(',').map(parseScope) }),
        ...(list !== undefined && { limits: parseLimits(list) }),
        ...(days !== undefined && { expires_in_days: days }),
      },
      { signal },
    )
    tellNew(made, { terminal, flags })
  },
}

export const keys: Command = {
  summary: 'lists the keys, without their secrets',
  arguments: [],
  example: 'unroll keys',
  async run({ client, terminal, flags, signal }) {
    const page = await client.keys.list({ signal })
    if (flags['json'] === true) return terminal.out(JSON.stringify(page))
    const rows = page.data.map((key) => [
      key.id,
      key.name,
      key.owner,
      key.scopes.join(','),
      describeEnd(key),
      key.last_used_at ?? 'never',
    ])
    for (const line of table([['ID', 'NAME', 'OWNER', 'SCOPES', 'ENDS', 'LAST USED'], ...rows])) terminal.out(line)
  },
}

export const rotateKey: Command = {
  summary: 'makes a key in place of another, which works for a day more, and prints it this once',
  arguments: ['key'],
  options: { overlap: { type: 'string', value: 's', help: 'seconds for which the old key works (else 86400)' } },
  example: 'unroll rotate-key key_… --overlap 3600',
  async run({ client, terminal, given: [id = ''], text, flags, signal }) {
    const overlapSeconds = parseCount(text['overlap'], 'overlap', 0)
    tellNew(await client.keys.rotate(id, { overlapSeconds, signal }), { terminal, flags })
  },
}

export const revokeKey: Command = {
  summary: 'revokes a key, which works for 5 s more at most',
  arguments: ['key'],
  example: 'unroll revoke-key key_…',
  async run({ client, terminal, given: [id = ''], flags, signal }) {
    await client.keys.revoke(id, { signal })
    terminal.out(flags['json'] === true ? JSON.stringify({ id, revoked: true }) : `${id} revoked`)
  },
}

export const limits: Command = {
  summary: 'shows the limits of the key, its owner and the service, and how much is used',
  arguments: [],
  example: 'unroll limits',
  async run({ client, terminal, flags, signal }) {
    const uses = await client.limits({ signal })
    if (flags['json'] === true) return terminal.out(JSON.stringify(uses))
    const rows = uses.limits.map(({ name, of, used, limit, description, resets_in_seconds: resets }) => [
      name,
      of,
      String(used),
      String(limit ?? '-'),
      resets === null ? '-' : `${resets} s`,
      description,
    ])
    for (const line of table([['LIMIT', 'OF', 'USED', 'MOST', 'RESETS IN', 'COUNTS'], ...rows])) terminal.out(line)
  },
}

export const audit: Command = {
  summary: 'lists who changed what, newest first',
  arguments: [],
  options: { limit: { type: 'string', value: 'n', help: 'records at most (else 20)' } },
  example: 'unroll audit --limit 100',
  async run({ client, terminal, text, flags, signal }) {
    const page = await client.audit({ limit: parseCount(text['limit'], 'limit'), signal })
    if (flags['json'] === true) return terminal.out(JSON.stringify(page))
    const head = ['AT', 'KEY', 'OWNER', 'ADDRESS', 'STATUS', 'REQUEST']
    for (const line of table([head, ...page.data.map(auditRow)])) terminal.out(line)
  },
}

function auditRow({ at, key, owner, address, status, method, route, subject }: AuditRecord): string[] {
  return [at, key ?? '-', owner, address, String(status), `${method} ${route}${subject === null ? '' : ` ${subject}`}`]
}

function tellNew(made: NewApiKey, { terminal, flags }: Pick<Call, 'terminal' | 'flags'>): void {
  if (flags['json'] === true) return terminal.out(JSON.stringify(made))
  terminal.out(made.key)
  terminal.note(`${made.id} of ${made.owner} with ${made.scopes.join(', ')}: the service does not show it again`)
}

function describeEnd({ revoked_at: revoked, expires_at: expires }: ApiKey): string {
  return revoked === null ? (expires ?? 'never') : `revoked ${revoked}`
}

/** @throws {UsageError} */
function parseLimits(list: string): Record<string, number> {
  const items = list.split(',').map((item) => /^(\w+)=(\d+)$/.exec(item))
  return Object.fromEntries(
    items.map((item) => {
      const [, name = '', most] = item ?? []
      if (most === undefined)
        throw new UsageError(`--limits must be a list such as reads=600,open_jobs=10: current value is "${list}"`)
      return [name, Number(most)]
    }),
  )
}

/** @throws {UsageError} */
function parseScope(name: string): Scope {
  const scope = SCOPE_NAMES.find((known) => known === name)
  if (scope === undefined)
    throw new UsageError(`--scopes must be some of ${SCOPE_NAMES.join(', ')}: current value has "${name}"`)
  return scope
}
