import { apiKeys } from './access/api_keys.ts'
import { audit } from './access/audit.ts'
import { checkpoints } from './checkpoints/checkpoints.ts'
import { claims } from './jobs/claims.ts'
import { connect, openConnection, type OnError } from './redis/connection.ts'
import type { Context } from './redis/context.ts'
import { createControl } from './fleet/control.ts'
import { count } from './jobs/counts.ts'
import { createDatabase, serverTime } from './redis/database.ts'
import { datasets } from './datasets.ts'
import { createDisk } from './redis/disk.ts'
import { ended } from './jobs/ended.ts'
import { evaluations } from './inference/evaluations.ts'
import { events } from './jobs/events.ts'
import { findingForks } from './jobs/finding_forks.ts'
import { findings } from './jobs/findings.ts'
import { health } from './fleet/health.ts'
import { jobRecords } from './jobs/jobs.ts'
import { createKeys } from './redis/keys.ts'
import { lifecycle } from './jobs/lifecycle.ts'
import { join, members, type Joining } from './fleet/members.ts'
import type { SegmentReader } from './metrics/segment_reader.ts'
import { metrics } from './metrics/metrics.ts'
import { models } from './models.ts'
import { notifications } from './notifications/notifications.ts'
import { countUnended } from './jobs/unended.ts'
import { owners } from './access/owners.ts'
import { quotas } from './access/quotas.ts'
import { stored } from './access/stored.ts'
import { weights } from './weights.ts'
import { predictions } from './inference/predictions.ts'
import { replays } from './inference/replays.ts'
import { queue } from './queue/queue.ts'
import { createQueues } from './queue/deliveries.ts'
import { createRequestQueues } from './inference/requests.ts'
import { leases } from './sessions/leases.ts'
import { sessions } from './sessions/sessions.ts'
import { sweeps } from './sweeps/sweeps.ts'
import { TIMING, type Timing } from './redis/timing.ts'
import { usage } from './fleet/usage.ts'
import { workers } from './fleet/workers.ts'

export interface StoreOptions {
  /** Address of the server, such as `redis://127.0.0.1:6379`. */
  url: string
  /** First part of every key, so that several installations can share a server. @default 'unroll' */
  prefix?: string
  /** Milliseconds since 1970. For tests of processes with different clocks. @default the server's clock */
  clock?: () => number
  /** Whether `jobs.create` waits until the job is on the server's disk, which takes up to a second. @default true */
  waitForDisk?: boolean
  /** Registers this process as a member of the fleet until the store is closed. @default not a member */
  member?: Joining
  /** How soon silence counts as death; equal in every process of an installation. @default TIMING */
  timing?: Partial<Timing>
  /** Reads the archived metrics. @default reading them throws */
  segments?: SegmentReader
  /** Receives errors that no caller awaits, such as each failure to reconnect. @default ignored */
  onError?: OnError
}

export type Store = ReturnType<typeof buildStore>

/**
 * Opens the store.
 *
 * @throws {UnrollError} STORE_UNAVAILABLE, when the server is unreachable, older than Redis 6.2 or unsuitable, with the
 * remedy
 * @throws {ReleaseMismatchError} when `member` is incompatible with another that runs
 */
export async function openStore({ member, ...options }: StoreOptions): Promise<Store> {
  const { context, close } = await openContext(options)
  try {
    const leave = member === undefined ? undefined : await join(context, member)
    return buildStore(context, async () => {
      await leave?.()
      await close()
    })
  } catch (error) {
    await close()
    throw error
  }
}

/** The connections, and the services that every part of the store uses. */
async function openContext({
  url,
  prefix = 'unroll',
  clock,
  waitForDisk = true,
  timing = {},
  segments,
  onError = () => {},
}: Omit<StoreOptions, 'member'>): Promise<{ context: Context; close: () => Promise<void> }> {
  const keys = createKeys(prefix)
  const redis = await openConnection(url, 'commands', { probeKey: keys.probe, onError })
  const listener = connect(url, 'patient', onError)
  const disk = createDisk(connect(url, 'patient', onError), keys.diskMark)
  const queues = createQueues(redis, keys, onError)
  const requests = createRequestQueues(redis, keys, onError)
  const db = createDatabase(redis)
  const context: Context = {
    url,
    db,
    keys,
    queues,
    requests,
    control: createControl(listener, keys),
    disk: waitForDisk ? disk : undefined,
    segments,
    clock: clock ?? (() => ''),
    now: async () => clock?.() ?? (await serverTime(db)),
    timing: { ...TIMING, ...timing },
    onError,
  }
  const close = async () => {
    await Promise.all([...Object.values(queues), ...Object.values(requests)].map((each) => each.close()))
    disk.close()
    listener.disconnect()
    redis.disconnect()
  }
  return { context, close }
}

/**
 * The data in Redis. Every call may throw STORE_UNAVAILABLE during an outage of the server, and works again afterwards.
 */
function buildStore(context: Context, close: () => Promise<void>) {
  return {
    jobs: {
      ...jobRecords(context),
      ...lifecycle(context),
      ...claims(context),
      count: () => count(context),
      countUnended: (owner?: string) => countUnended(context, owner),
    },
    control: context.control,
    ended: ended(context),
    findingForks: findingForks(context),
    events: events(context),
    findings: findings(context),
    notifications: notifications(context),
    metrics: metrics(context),
    checkpoints: checkpoints(context),
    evaluations: evaluations(context),
    predictions: predictions(context),
    replays: replays(context),
    workers: workers(context),
    members: members(context),
    datasets: datasets(context),
    models: models(context),
    owners: owners(context),
    apiKeys: apiKeys(context),
    audit: audit(context),
    quotas: quotas(context),
    stored: stored(context),
    weights: weights(context),
    sessions: sessions(context),
    sessionLeases: leases(context),
    sweeps: sweeps(context),
    queue: queue(context),
    usage: usage(context),
    health: () => health(context),
    /** Resolves once all earlier writes are on the server's disk, if it has an append-only file. */
    durable: async () => await context.disk?.settle(),
    /** Closes the connections. Close consumers and watches first. */
    close,
  }
}
