import type { Command } from '../command.ts'
import { named } from '../named_numbers.ts'

export const evaluation: Command = {
  summary: 'shows how a job answers what was held out, once it has succeeded, and what it was evaluated on since',
  arguments: ['job'],
  options: { part: { type: 'string', value: 'part', help: 'of this part alone: validation, test or dataset' } },
  example: 'unroll evaluation job_… --part test',
  async run({ client, terminal, given: [id = ''], text, flags, signal }) {
    const all = await client.jobs.evaluations(id, { signal })
    const reports = text['part'] === undefined ? all : all.filter(({ part }) => part === text['part'])
    if (flags['json'] === true) return terminal.out(JSON.stringify(reports, named))
    if (reports.length === 0)
      terminal.out('nothing was evaluated: jobs on data sets are when they have succeeded, or by unroll evaluate')
    const { formatEvaluation } = await import('../views/evaluation_view.ts')
    for (const [at, report] of reports.entries()) {
      if (at > 0) terminal.out('')
      for (const line of formatEvaluation(report)) terminal.out(line)
    }
  },
}

export const evaluate: Command = {
  summary: 'evaluates a checkpoint of a job on all of another data set, and shows how it answers',
  arguments: ['job', 'dataset'],
  options: {
    checkpoint: { type: 'string', value: 'checkpoint', help: 'its id, latest or best (else best)' },
    key: {
      type: 'string',
      value: 'key',
      help: 'the same key with the same request gives the same evaluation for 24 hours',
    },
  },
  example: 'unroll evaluate job_… ds_… --checkpoint latest',
  run: async (call) => (await import('../views/evaluation_view.ts')).evaluateCheckpoint(call),
}
