import { ACCELERATOR_CLASSES } from '@unroll/contract'
import { queueName } from '../queue/deliveries.ts'
import { REQUEST_KINDS } from '../inference/requests.ts'
import { createKeys, type Keys } from './keys.ts'

/** The processes that use Redis. */
export type Role = 'api' | 'worker'

/**
 * The keys that a worker uses beside the queues. Those of the API alone are keys of clients, the audit log, limits, secrets,
 * sweeps, models, uploads and idempotency.
 */
const OF_WORKERS: readonly (keyof Keys)[] = [
  'index',
  'waiting',
  'paused',
  'arrival',
  'probe',
  'diskMark',
  'members',
  'workers',
  'worker',
  'drain',
  'watched',
  'usage',
  'pace',
  'record',
  'attempts',
  'events',
  'scalars',
  'flow',
  'deliveries',
  'checkpoints',
  'evaluations',
  'replays',
  'openRequests',
  'answer',
  'dataset',
  'sessions',
  'session',
  'sessionLog',
  'sessionAnswers',
  'sessionUpdates',
  'sessionFiles',
  'sessionLeases',
  'stored',
  'storedByAll',
]

/** Lists of keys, and what is no key. */
const NO_KEYS: readonly (keyof Keys)[] = ['job', 'sweep', 'queue', 'control', 'mailbox']

/** The patterns of all keys that a role needs, in the notation of Redis, in order. */
export function listKeyPatterns(role: Role, prefix: string = 'unroll'): string[] {
  const keys = createKeys(prefix)
  const names = role === 'api' ? (Object.keys(keys) as (keyof Keys)[]) : OF_WORKERS
  const own = names.filter((name) => !NO_KEYS.includes(name)).flatMap((name) => fillPattern(name, keys))
  const queues = [...ACCELERATOR_CLASSES.map(queueName), ...REQUEST_KINDS]
  return [...own, ...queues.map((queue) => `${keys.queue}:${queue}:*`)].toSorted()
}

/** The patterns of the channels that both roles use. */
export function listChannelPatterns(prefix: string = 'unroll'): string[] {
  const { control, mailbox } = createKeys(prefix)
  return [control, mailbox('*')]
}

function fillPattern(name: keyof Keys, keys: Keys): string[] {
  if (name === 'openRequests') return REQUEST_KINDS.map(keys.openRequests)
  const key = keys[name]
  if (typeof key === 'string') return [key]
  const filled = (key as (...parts: string[]) => string | readonly string[])('*', '*')
  return [filled].flat()
}
