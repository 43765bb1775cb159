const DAY_SECONDS = 86_400
const GIB = 2 ** 30

interface LimitRow {
  /** Who shares it: each key has its own; the keys of an owner share what is kept for the owner. */
  of: 'key' | 'owner'
  unit: 'requests' | 'bytes' | 'steps' | 'jobs' | 'sessions'
  /** Seconds after which it is whole again; undefined where something must end or be deleted first. */
  windowSeconds?: number
  /** What a key may have unless the service or the key itself says otherwise. */
  keyed: number
  description: string
}

/** What a key or an owner may have, by the name in settings and answers. */
export const LIMITS = {
  reads: {
    of: 'key',
    unit: 'requests',
    windowSeconds: 60,
    keyed: 6_000,
    description: 'requests a minute that read, such as polls',
  },
  writes: {
    of: 'key',
    unit: 'requests',
    windowSeconds: 60,
    keyed: 1_200,
    description: 'requests a minute that change something, or ask a trained network',
  },
  upload_bytes: {
    of: 'key',
    unit: 'bytes',
    windowSeconds: 60,
    keyed: 16 * GIB,
    description: 'bytes a minute of uploads; a faster upload is slowed down',
  },
  uploads: { of: 'key', unit: 'requests', keyed: 4, description: 'uploads at the same time' },
  streams: { of: 'key', unit: 'requests', keyed: 200, description: 'event streams at the same time' },
  steps: {
    of: 'owner',
    unit: 'steps',
    windowSeconds: DAY_SECONDS,
    keyed: 1_000_000_000,
    description: 'steps of training a day that new jobs may ask for (`training.max_steps`)',
  },
  open_jobs: {
    of: 'owner',
    unit: 'jobs',
    keyed: 1_000,
    description: 'jobs that are queued, run or are paused, also those that a sweep has planned',
  },
  sessions: {
    of: 'owner',
    unit: 'sessions',
    keyed: 100,
    description: 'sessions that are not deleted',
  },
  stored_bytes: {
    of: 'owner',
    unit: 'bytes',
    keyed: 256 * GIB,
    description: 'bytes of data sets, weights, unfinished uploads and checkpoints; a job that runs saves also above it',
  },
} as const satisfies Record<string, LimitRow>

export type LimitName = keyof typeof LIMITS
export const LIMIT_NAMES = Object.keys(LIMITS) as [LimitName, ...LimitName[]]

/** Limits of the whole service, whoever has what they count. */
export const TOTAL_LIMIT_NAMES = ['open_jobs', 'stored_bytes'] as const satisfies readonly LimitName[]
export type TotalLimitName = (typeof TOTAL_LIMIT_NAMES)[number]

/** A number for each limit; Infinity where there is none. */
export type Limits = Readonly<Record<LimitName, number>>

export const NO_LIMITS: Limits = mapLimits(() => Infinity)
export const KEYED_LIMITS: Limits = mapLimits((name) => LIMITS[name].keyed)

function mapLimits(choose: (name: LimitName) => number): Limits {
  return Object.fromEntries(LIMIT_NAMES.map((name) => [name, choose(name)])) as Record<LimitName, number>
}
