import { LIMITS, LIMIT_NAMES, LimitUses, TOTAL_LIMIT_NAMES, type LimitName, type LimitUse } from '@unroll/contract'
import type { Caller } from '../../access/caller.ts'
import { answer, answers } from '../../document/answers.ts'
import { inSeconds } from '../../limits/rate_headers.ts'
import type { App } from '../../types.ts'

const GET = {
  operationId: 'getLimits',
  tags: ['keys'],
  summary: 'Returns the limits of the key, of its owner and of the service, and how much of each is used.',
  description: 'Requests that a process of the service has taken in advance count as used.',
  response: answers({ 200: answer(LimitUses, 'The limits.') }, []),
}

export function limits(app: App): void {
  app.get('/v1/limits', { schema: GET, config: { scope: 'read' } }, async ({ caller }) => {
    const { key, owner } = caller
    const own = LIMIT_NAMES.map((name) => readUse(app, name, caller))
    const all = TOTAL_LIMIT_NAMES.map(async (name) =>
      describe(name, 'service', app.limitPolicy.total[name], { used: await HELD[name](app) }),
    )
    return { object: 'limits' as const, key, owner, limits: await Promise.all([...own, ...all]) }
  })
}

/** What is held of a limit by an owner, or without one by all. */
const HELD = {
  open_jobs: ({ store }: App, owner?: string) => store.jobs.countUnended(owner),
  sessions: ({ store }: App, owner = '') => store.sessions.count(owner),
  stored_bytes: ({ store }: App, owner?: string) => store.stored.read(owner),
}

async function readUse(app: App, name: LimitName, { key, owner, limits: most }: Caller): Promise<LimitUse> {
  const { of, ...row } = LIMITS[name]
  const subject = of === 'owner' ? owner : (key ?? '')
  if (name === 'open_jobs' || name === 'sessions' || name === 'stored_bytes')
    return describe(name, of, most[name], { used: await HELD[name](app, owner) })
  if (!('windowSeconds' in row))
    return describe(name, of, most[name], { used: await app.store.quotas.countPlaces(name, subject) })
  const windowMs = row.windowSeconds * 1_000
  const { taken, endsInMs } = await app.store.quotas.read({ limit: name, subject, windowMs })
  return describe(name, of, most[name], { used: taken, resetsInSeconds: inSeconds(endsInMs) })
}

function describe(
  name: LimitName,
  of: LimitUse['of'],
  limit: number,
  { used, resetsInSeconds = null }: { used: number; resetsInSeconds?: number | null },
): LimitUse {
  const { description, ...row } = LIMITS[name]
  return {
    name,
    of,
    description,
    limit: limit === Infinity ? null : limit,
    used,
    window_seconds: 'windowSeconds' in row ? row.windowSeconds : null,
    resets_in_seconds: resetsInSeconds,
  }
}
