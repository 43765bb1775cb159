import { ACCELERATOR_CLASSES, type QueueState } from '@unroll/client'
import { formatAge } from '../../format.ts'

/** The paused queues with their times; empty if there are none. */
export function pauseWords({ lines }: Pick<QueueState, 'lines'>, now: number): string {
  const paused = new Map(
    lines.flatMap(({ accelerator, paused_at: at }) => (at === null ? [] : [[accelerator, at] as const])),
  )
  const names = ACCELERATOR_CLASSES.filter((name) => paused.has(name))
  const ages = [...new Set(names.map((name) => formatAge(paused.get(name) ?? '', now)))].join(', ')
  if (names.length === 0) return ''
  if (names.length === ACCELERATOR_CLASSES.length)
    return `The queue was paused ${ages}: no job is handed out, those that train go on.`
  const asked = names.map((name) => `"${name}"`).join(' and ')
  return `The queue of jobs that ask for ${asked} was paused ${ages}: none of them is handed out.`
}
