/**
 * Every key in Redis. All keys, including BullMQ's, share one hash tag, the prefix: in a Redis Cluster they are in one
 * slot, because the script of a transition changes the job and the index together.
 */
export interface Keys {
  /** The prefix that BullMQ puts before its own keys. */
  readonly queue: string
  /** Index of jobs, in order of creation: members `<list>:<job>`, where a list is `all`, a state, `owner:<owner>`, `unended:<owner>` until it has ended, also before it is made for a sweep, a data set that a job or sweep not yet ended, or a job that is kept, uses (`<data set>:<sweep>`), or a sweep; `open:<sweep>:<job>` until the job ends, and `to_make:<sweep>:<job>` until it is made; `due:<ms since 1970>:<job>` until a job with a deadline ends; from its end on `ended:<ms since 1970>:<job>` until it is deleted and `rows:<ms>:<job>` until its rows have left Redis; `notify:<ms>:<job>:<seq>:<receiver>` until an event has reached a receiver, by its next attempt; and `since:<line>:<ms>:<job>` while it is queued. */
  readonly index: string
  /**
   * Jobs in line, in the order in which workers take them: members `<line>:<priority>:<job>`; a line is an accelerator
   * class and the requested labels (line.ts).
   */
  readonly waiting: string
  /** Paused accelerator classes, each with the time of the pause in milliseconds since 1970. */
  readonly paused: string
  /** The newest arrival of a job, in milliseconds since 1970: the next one is later. */
  readonly arrival: string
  readonly datasets: string
  /** Registered models, each as JSON by its name. */
  readonly models: string
  /** Keys of the API, each as JSON by its id. */
  readonly apiKeys: string
  /** When each key of the API was last used, in milliseconds since 1970. */
  readonly apiKeysUsed: string
  /** The stream of audit records. */
  readonly audit: string
  /** What was taken of a quota in the present window: a number that expires. */
  readonly spent: (limit: string, subject: string) => string
  /** A secret that signs the notifications of an owner, by what stands for it; it expires when it is no longer used. */
  readonly signingSecret: (owner: string, reference: string) => string
  /** Requests of a key that are limited at the same time, by when they count no longer, in milliseconds since 1970. */
  readonly places: (limit: string, subject: string) => string
  /** Bytes of each thing that an owner keeps, by its id, and of all of them by ''. */
  readonly stored: (owner: string) => string
  /** Bytes that all owners keep. */
  readonly storedByAll: string
  /** Owners of uploads in parts, by the name of the upload. */
  readonly uploads: string
  /** Uploaded weights, each as JSON by its id. */
  readonly weights: string
  /** Sessions, each as JSON by its id. */
  readonly sessions: string
  /** Ids of the sessions of an owner. */
  readonly sessionsOf: (owner: string) => string
  /** Where a session is: `epoch` of its worker, `step`, `checkpoint` as JSON, the `last` entry of its log and the last that was `answered`, `bytes` of the log, when it was last `used` in milliseconds since 1970, the name of the answer to its last `batch`, `claims` since the last answer, and why it has `failed`. */
  readonly session: (id: string) => string
  /** Stream of what was asked of a session since its checkpoint. */
  readonly sessionLog: (id: string) => string
  /** The newest answers of a session: `a:<name>` in JSON, `d:<name>` the digest of a command with an idempotency key, `n:<number>` the name of an answer; the `first` number, the first of those that are `whole`, the `last`, and their `bytes`. It expires. */
  readonly sessionAnswers: (id: string) => string
  /** The newest answers of a session to `optim_step`, in JSON, newest first. */
  readonly sessionUpdates: (id: string) => string
  /** The newest answers of a session to `save`, in JSON, newest first. */
  readonly sessionFiles: (id: string) => string
  /** Sessions that are awake, by when their lease ends, in milliseconds since 1970; 0 where nobody has it. */
  readonly sessionLeases: string
  /** Sweeps, in order of creation: members `<list>:<sweep>`, where a list is `all`, `running` or `cancelling`. */
  readonly sweeps: string
  readonly workers: string
  /**
   * The counts of training: numbers by `[day since 1970, 'ms' or 'steps', engine, device, project]`, and `since`, the
   * start of the count.
   */
  readonly usage: string
  /**
   * Running API and worker processes, each as JSON, by the time of their last sign of life in milliseconds since 1970.
   */
  readonly members: string
  /** Counter of waits for the disk; its value has no meaning. */
  readonly diskMark: string
  /** Written and read back to test the server; its value has no meaning. */
  readonly probe: string
  /** The pub/sub channel that wakes workers. */
  readonly control: string
  /** The pub/sub channel of what is sent to one process: the commands of a session that it holds, or answers that it waits for. */
  readonly mailbox: (name: string) => string
  /** The keys of scripts on a job, in the order of `lua/includes/job.lua`. */
  readonly job: (id: string) => readonly string[]
  /** The keys of scripts on a sweep, in the order of `lua/includes/sweep.lua`. */
  readonly sweep: (id: string) => readonly string[]
  readonly sweepRecord: (id: string) => string
  /** Jobs of a sweep, each with its position: `<rung>:<trial>`. */
  readonly sweepRuns: (id: string) => string
  readonly record: (id: string) => string
  readonly attempts: (id: string) => string
  readonly events: (id: string) => string
  readonly scalars: (id: string) => string
  readonly flow: (id: string) => string
  /** Events of a job for its receivers, each as JSON by `<seq>:<receiver>`. */
  readonly deliveries: (id: string) => string
  readonly checkpoints: (id: string) => string
  /** Evaluations of a job on request, each as JSON by its id. */
  readonly evaluations: (id: string) => string
  /** Past steps of a job that are computed again, each as JSON by its id. */
  readonly replays: (id: string) => string
  /** Stream of the parts of the answer to a prediction that are not read yet, as JSON; it expires. */
  readonly answer: (id: string) => string
  /** Requests of a kind that have not ended: members `<request>:<job>`. */
  readonly openRequests: (kind: string) => string
  readonly idempotency: (key: string) => string
  readonly dataset: (id: string) => string
  /** Last measured milliseconds a step of jobs of a shape, by platform. */
  readonly pace: (shape: string) => string
  readonly worker: (id: string) => string
  /** The drain request to a worker; absent without one. */
  readonly drain: (id: string) => string
  /** The time since which a queue has been watched without a gap, in milliseconds since 1970. */
  readonly watched: (queue: string) => string
}

export function createKeys(prefix: string): Keys {
  const tag = `{${prefix}}`
  const ofAJob = ofJobs(tag)
  const { record, attempts, events, scalars, flow, deliveries } = ofAJob
  const sweepRecord = (id: string) => `${tag}:sweep:${id}:record`
  const sweepRuns = (id: string) => `${tag}:sweep:${id}:runs`
  const sweeps = `${tag}:sweeps`
  const index = `${tag}:index`
  const waiting = `${tag}:waiting`
  return {
    queue: tag,
    index,
    waiting,
    paused: `${tag}:paused`,
    arrival: `${tag}:arrival`,
    datasets: `${tag}:datasets`,
    models: `${tag}:models`,
    apiKeys: `${tag}:api_keys`,
    apiKeysUsed: `${tag}:api_keys_used`,
    audit: `${tag}:audit`,
    spent: (limit, subject) => `${tag}:spent:${limit}:${subject}`,
    signingSecret: (owner, reference) => `${tag}:signing:${owner}:${reference}`,
    places: (limit, subject) => `${tag}:places:${limit}:${subject}`,
    stored: (owner) => `${tag}:stored:${owner}`,
    storedByAll: `${tag}:stored`,
    uploads: `${tag}:uploads`,
    weights: `${tag}:weights`,
    ...ofSessions(tag),
    sweeps,
    workers: `${tag}:workers`,
    usage: `${tag}:usage`,
    members: `${tag}:members`,
    diskMark: `${tag}:disk`,
    probe: `${tag}:probe`,
    control: `${tag}:control`,
    mailbox: (name) => `${tag}:control:${name}`,
    job: (id) => [record(id), attempts(id), events(id), scalars(id), flow(id), index, waiting, deliveries(id)],
    sweep: (id) => [sweepRecord(id), sweepRuns(id), sweeps, index],
    sweepRecord,
    sweepRuns,
    ...ofAJob,
    answer: (id) => `${tag}:answer:${id}`,
    openRequests: (kind) => `${tag}:${kind}`,
    idempotency: (key) => `${tag}:idempotency:${key}`,
    dataset: (id) => `${tag}:dataset:${id}`,
    pace: (shape) => `${tag}:pace:${shape}`,
    worker: (id) => `${tag}:worker:${id}`,
    drain: (id) => `${tag}:drain:${id}`,
    watched: (queue) => `${tag}:watched:${queue}`,
  }
}

type OfSessions = Pick<
  Keys,
  | 'sessions'
  | 'sessionsOf'
  | 'session'
  | 'sessionLog'
  | 'sessionAnswers'
  | 'sessionUpdates'
  | 'sessionFiles'
  | 'sessionLeases'
>

function ofSessions(tag: string): OfSessions {
  return {
    sessions: `${tag}:sessions`,
    sessionsOf: (owner) => `${tag}:sessions_of:${owner}`,
    session: (id) => `${tag}:session:${id}`,
    sessionLog: (id) => `${tag}:session:${id}:log`,
    sessionAnswers: (id) => `${tag}:session:${id}:answers`,
    sessionUpdates: (id) => `${tag}:session:${id}:updates`,
    sessionFiles: (id) => `${tag}:session:${id}:files`,
    sessionLeases: `${tag}:session_leases`,
  }
}

type OfJobs = Pick<
  Keys,
  'record' | 'attempts' | 'events' | 'scalars' | 'flow' | 'deliveries' | 'checkpoints' | 'evaluations' | 'replays'
>

function ofJobs(tag: string): OfJobs {
  const ofJob = (part: string) => (id: string) => `${tag}:job:${id}:${part}`
  return {
    record: ofJob('record'),
    attempts: ofJob('attempts'),
    events: ofJob('events'),
    scalars: ofJob('scalars'),
    flow: ofJob('flow'),
    deliveries: ofJob('deliveries'),
    checkpoints: ofJob('checkpoints'),
    evaluations: ofJob('evaluations'),
    replays: ofJob('replays'),
  }
}
