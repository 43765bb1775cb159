import { RELEASE, labelsText, type QueueState, type Readiness, type Worker } from '@unroll/client'
import { describeWarnings } from '../worker_warnings.ts'

/** Milliseconds of an answer of Redis beyond which polls are felt to wait. */
const SLOW_MS = 50

export type Verdict = 'good' | 'warning' | 'fault'

export interface Finding {
  verdict: Verdict
  about: string
  detail: string
}

export function lookAtService({ redis: { server, ping_ms: ping }, warnings }: Readiness): Finding[] {
  const isSlow = ping !== null && ping > SLOW_MS
  const answer = ping === null ? '' : `, answers in ${ping.toFixed(1)} ms`
  return [
    { verdict: 'good', about: 'service', detail: 'accepts jobs' },
    { verdict: isSlow ? 'warning' : 'good', about: 'redis', detail: `${server ?? 'unknown server'}${answer}` },
    ...warnings.map((detail): Finding => ({ verdict: 'warning', about: 'redis', detail })),
  ]
}

export function lookAtWorkers(online: readonly Worker[]): Finding[] {
  if (online.length === 0)
    return [{ verdict: 'fault', about: 'workers', detail: 'none is online: start one with npm run worker' }]
  const slots = online.flatMap((worker) => worker.slots)
  const free = slots.filter(({ job }) => job === null).length
  const draining = online.filter(({ status }) => status === 'draining')
  const others = online.filter(({ versions }) => versions['unroll'] !== RELEASE.version)
  return [
    { verdict: 'good', about: 'workers', detail: `${online.length} online, ${free} of ${slots.length} slots free` },
    ...draining.map(({ id }): Finding => ({ verdict: 'warning', about: id, detail: 'is drained: it takes no jobs' })),
    ...others.map(({ id, versions }): Finding => ({
      verdict: 'warning',
      about: id,
      detail: `runs version ${versions['unroll'] ?? 'unknown'}, this program is ${RELEASE.version}`,
    })),
    ...online.flatMap((worker) =>
      describeWarnings(worker).map((detail): Finding => ({ verdict: 'warning', about: worker.id, detail })),
    ),
  ]
}

export function lookAtQueue({ lines, jobs }: QueueState): Finding[] {
  const paused = new Map(lines.flatMap(({ accelerator, paused_at: at }) => (at === null ? [] : [[accelerator, at]])))
  const stuck = lines.filter(({ depth, workers }) => depth > 0 && workers === 0)
  return [
    { verdict: 'good', about: 'queue', detail: `${jobs.queued} waiting, ${jobs.running} running` },
    ...Array.from(paused, ([name, at]): Finding => ({
      verdict: 'fault',
      about: `queue ${name}`,
      detail: `is paused since ${at}: unroll resume-queue --accelerator ${name}`,
    })),
    ...stuck.map(({ accelerator, labels, depth }): Finding => ({
      verdict: 'fault',
      about: `queue ${accelerator}`,
      detail: `${depth} jobs wait that no worker may take${labelsText(labels) && `: they ask for ${labelsText(labels)}`}`,
    })),
  ]
}
