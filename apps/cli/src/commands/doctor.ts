import type { Command } from '../command.ts'
import type { Verdict } from '../views/doctor_findings.ts'

const MARKS: Readonly<Record<Verdict, string>> = { good: '✓', warning: '!', fault: '✗' }

export const doctor: Command = {
  summary: 'looks for what keeps jobs from being trained: service, Redis, workers, queue',
  arguments: [],
  example: 'unroll doctor',
  async run({ client, terminal, flags, signal }) {
    const [readiness, workers, queue] = await Promise.all([
      client.readiness({ signal }),
      client.workers({ signal }),
      client.queue({ signal }),
    ])
    const { lookAtQueue, lookAtService, lookAtWorkers } = await import('../views/doctor_findings.ts')
    const online = workers.data.filter(({ status }) => status !== 'lost')
    const findings = [...lookAtService(readiness), ...lookAtWorkers(online), ...lookAtQueue(queue)]
    if (flags['json'] === true) terminal.out(JSON.stringify({ findings }))
    else for (const { verdict, about, detail } of findings) terminal.out(`${MARKS[verdict]} ${about}: ${detail}`)
    return findings.some(({ verdict }) => verdict === 'fault') ? 'fault' : 'ok'
  },
}
