import type { JobRequest } from '@unroll/client'
import type { Command } from '../command.ts'
import { submission } from '../submission.ts'
import { watchJob } from './watch.ts'

export const submit: Command = submission<JobRequest>({
  summary: 'submits a job',
  noun: 'job',
  estimate: 'what it would cost',
  to: ({ jobs }) => jobs,
  watch: watchJob,
  example: 'unroll submit examples/adding-lstm.json --watch    (the file is - for standard input)',
})
