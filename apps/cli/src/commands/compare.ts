import type { Command } from '../command.ts'

export const compare: Command = {
  summary: 'sets two runs side by side: what differs in their specifications, what they came to, their losses',
  arguments: ['job', 'job'],
  example: 'unroll compare @2 latest',
  async run(call) {
    const { compareRuns } = await import('../views/comparison.ts')
    await compareRuns(call)
  },
}
