import { readFileSync } from 'node:fs'
import { MOVES, type EventCode, type JobStatus } from '@unroll/contract'

/**
 * Every script by its folder: `lua/<folder>/<name>.lua`, whose head describes its arguments, its reply and why it must
 * be atomic.
 */
const FOLDERS = {
  checkpoints: ['discard_checkpoint', 'register_checkpoint'],
  datasets: ['create_dataset', 'delete_dataset'],
  fleet: ['drain', 'worker_heartbeat'],
  jobs: [
    'append_event',
    'arrive',
    'claim',
    'create',
    'delete_job',
    'expire',
    'expire_job',
    'heartbeat',
    'interrupt',
    'list_ended',
    'move',
    'read_job',
    'record_finding',
    'resume',
    'settle_fork',
    'stop',
    'update',
  ],
  limits: ['occupy', 'refund', 'spend', 'store_bytes'],
  notifications: ['settle_notification', 'take_notifications'],
  records: ['replace_field'],
  metrics: ['append_frame', 'archive_frames', 'read_frames'],
  requests: ['create_request', 'update_request'],
  queue: [
    'has_fitting',
    'lines',
    'missing_deliveries',
    'outlook',
    'preempt',
    'renew_lock',
    'stray_deliveries',
    'take',
    'watch_queue',
  ],
  sessions: [
    'answer_command',
    'append_command',
    'claim_session',
    'create_session',
    'delete_session',
    'register_session',
    'release_session',
    'renew_session',
  ],
  sweeps: ['cancel_sweep', 'create_sweep', 'delete_sweep', 'due_sweeps', 'end_sweep', 'plan_rung'],
} as const

type Folder = keyof typeof FOLDERS

export type ScriptName = (typeof FOLDERS)[Folder][number]

const FOLDER_OF = Object.fromEntries(
  Object.entries(FOLDERS).flatMap(([folder, names]) => names.map((name) => [name, folder])),
) as Readonly<Record<ScriptName, Folder>>

export const SCRIPT_NAMES = Object.keys(FOLDER_OF) as readonly ScriptName[]

/** The event of a transition into a state. */
const EVENT_OF = {
  queued: 'job_requeued',
  starting: 'job_starting',
  running: 'job_running',
  pausing: 'job_pausing',
  paused: 'job_paused',
  cancelling: 'job_cancelling',
  interrupted: 'job_interrupted',
  succeeded: 'job_succeeded',
  failed: 'job_failed',
  cancelled: 'job_cancelled',
} as const satisfies Record<JobStatus, EventCode>

const STATES = `local MOVES = cjson.decode('${JSON.stringify(MOVES)}')
local EVENT_OF = cjson.decode('${JSON.stringify(EVENT_OF)}')`

const texts = new Map<ScriptName, string>()

/** The text of a script with its included fragments and the table of states and transitions of `@unroll/contract`, read once. */
export function scriptText(name: ScriptName): string {
  const text = texts.get(name) ?? withFragments(`${FOLDER_OF[name]}/${name}.lua`).replaceAll(/^--- @states$/gm, STATES)
  texts.set(name, text)
  return text
}

function withFragments(path: string): string {
  const text = readFileSync(new URL(import.meta.resolve(`@unroll/store/lua/${path}`)), 'utf8')
  return text.replaceAll(/^--- @include "(\w+)"$/gm, (_, fragment: string) => withFragments(`includes/${fragment}.lua`))
}
