import { queueWords, type DryRun, type JobRequest } from '@unroll/client'
import { describeEstimate } from '../estimate_words.ts'
import { table } from '../table.ts'
import type { Command } from '../command.ts'
import { submission } from '../submission.ts'
import { watchJob } from './watch.ts'

export const submit: Command = submission<JobRequest, DryRun>({
  summary: 'submits a job',
  noun: 'job',
  estimate: 'what it would cost',
  to: ({ jobs }) => jobs,
  describe: async (answer) =>
    table([...describeEstimate(answer.estimate), ['queue', queueWords(answer).join(', ') || 'may start now']]),
  watch: watchJob,
  example: 'unroll submit examples/adding-lstm.json --watch    (the file is - for standard input)',
})
