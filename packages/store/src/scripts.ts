import { readFileSync } from 'node:fs'
import { MOVES, type EventCode, type JobStatus } from '@unroll/spec'

/** Every script: `lua/<name>.lua`, whose head says what it takes, what it answers and why it must be atomic. */
export const SCRIPT_NAMES = [
  'append_event',
  'append_frame',
  'archive_frames',
  'arrive',
  'cancel_sweep',
  'claim',
  'create',
  'create_sweep',
  'delete_dataset',
  'delete_job',
  'delete_sweep',
  'discard_checkpoint',
  'drain',
  'due_sweeps',
  'end_sweep',
  'expire',
  'expire_job',
  'has_fitting',
  'heartbeat',
  'interrupt',
  'lines',
  'list_ended',
  'missing_deliveries',
  'move',
  'outlook',
  'plan_rung',
  'preempt',
  'read_frames',
  'read_job',
  'record_finding',
  'register_checkpoint',
  'renew_lock',
  'resume',
  'stop',
  'stray_deliveries',
  'take',
  'update',
  'watch_queue',
  'worker_heartbeat',
] as const

export type ScriptName = (typeof SCRIPT_NAMES)[number]

/** The event that entering a state writes. */
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

/** The text of a script: its fragments put in, and the states and moves of `@unroll/spec` handed to it. */
export function scriptText(name: ScriptName): string {
  return withFragments(`${name}.lua`).replaceAll(/^--- @states$/gm, STATES)
}

function withFragments(path: string): string {
  const text = readFileSync(new URL(import.meta.resolve(`@unroll/store/lua/${path}`)), 'utf8')
  return text.replaceAll(/^--- @include "(\w+)"$/gm, (_, fragment: string) => withFragments(`includes/${fragment}.lua`))
}
