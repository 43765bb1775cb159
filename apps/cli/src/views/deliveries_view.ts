import type { Delivery } from '@unroll/client'
import type { Call } from '../command.ts'
import { table } from '../table.ts'

/** Prints the deliveries of a job. */
export async function listDeliveries({ client, terminal, given: [id = ''], flags, signal }: Call): Promise<void> {
  const rows = [['EVENT', 'AT', 'RECEIVER', 'STATUS', 'ATTEMPTS', 'LAST ANSWER', 'NEXT ATTEMPT']]
  for await (const delivery of client.jobs.eachDelivery(id, { limit: 100 }, { signal })) {
    if (flags['json'] === true) terminal.out(JSON.stringify(delivery))
    rows.push(describeDelivery(delivery))
  }
  if (flags['json'] !== true) for (const line of table(rows)) terminal.out(line)
}

function describeDelivery(delivery: Delivery): string[] {
  const { event, finding, created_at, receiver, delivery_status, attempts, next_attempt_at } = delivery
  const last = attempts.at(-1)
  return [
    finding === null ? event : `${event} ${finding}`,
    created_at,
    String(receiver),
    delivery_status,
    String(attempts.length),
    last?.error ?? String(last?.answer ?? '-'),
    next_attempt_at ?? '-',
  ]
}
