import { parseCount, type Command } from '../command.ts'
import type { Exit } from '../exit_codes.ts'
import { named } from '../named_numbers.ts'

export const replay: Command = {
  summary: 'computes a past step of a run again, bit for bit, and names where its numbers are not finite',
  arguments: ['job', 'step'],
  options: {
    observe: {
      type: 'string',
      value: 'names',
      help: 'with commas: flow, probe, saturation, gates, states (else flow)',
    },
  },
  example: 'unroll replay latest 1203 --observe flow,gates',
  async run({ client, terminal, given: [id = '', given = ''], text, flags, signal }): Promise<Exit> {
    const step = parseCount(given, 'step') ?? 0
    const asked = await client.jobs.replay(id, { step, observe: text['observe']?.split(',') }, { signal })
    terminal.note(`${asked.id}: from ${asked.checkpoint === null ? 'the start' : `step ${asked.checkpoint.step}`}`)
    terminal.status('waits for a worker')
    const ended = await client.jobs.replayEnd(id, asked.id, { signal })
    terminal.status('')
    if (flags['json'] === true) terminal.out(JSON.stringify(ended, named))
    else {
      const { formatReplay } = await import('../views/replay_view.ts')
      for (const line of formatReplay(ended)) terminal.out(line)
    }
    return ended.error === null ? 'ok' : 'failed'
  },
}
