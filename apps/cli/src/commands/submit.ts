import type { JobRequest } from '@unroll/client'
import type { Command } from '../command.ts'
import { readJson } from '../json_file.ts'
import { watchJob } from './watch.ts'

export const submit: Command = {
  summary: 'submits a job',
  arguments: ['file'],
  options: {
    'dry-run': { type: 'boolean', help: 'only check it, and say what it would cost' },
    key: { type: 'string', value: 'text', help: 'idempotency key: sent again, it gives the job of the first time' },
    watch: { type: 'boolean', short: 'w', help: 'watch it until it ends' },
  },
  example: 'unroll submit examples/adding-lstm.json --watch    (the file is - for standard input)',
  async run(call) {
    const {
      client,
      terminal,
      given: [path = ''],
      text,
      flags,
      signal,
    } = call
    const spec = (await readJson(path, terminal)) as JobRequest // the service checks it
    if (flags['dry-run'] === true)
      return terminal.out(JSON.stringify(await client.jobs.dryRun(spec, { signal }), null, 2))
    const { key: idempotencyKey } = text
    const job = await client.jobs.create(spec, { signal, ...(idempotencyKey !== undefined && { idempotencyKey }) })
    terminal.out(flags['json'] === true ? JSON.stringify(job) : job.id)
    if (flags['watch'] === true) return await watchJob(call, job.id)
  },
}
