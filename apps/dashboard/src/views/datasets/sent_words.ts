import { formatBytes } from '../../format.ts'
import { formatDuration } from '@unroll/client'

/** Progress with its pace: `12 MiB of 2 GiB, 45 MiB/s, 44 s left`. */
export function sentWords(sent: number, total: number, seconds: number): string {
  if (sent >= total) return `${formatBytes(total)} sent; the service reads them …`
  const pace = sent / Math.max(seconds, 1e-3)
  const left = (total - sent) / pace
  return `${formatBytes(sent)} of ${formatBytes(total)}, ${formatBytes(pace)}/s, ${formatDuration(left)} left`
}
