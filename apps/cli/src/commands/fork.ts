import type { Command } from '../command.ts'

export const fork: Command = {
  summary: 'makes a new job that goes on from any step of an old one, with something changed',
  arguments: ['job', 'step'],
  options: {
    changes: { type: 'string', value: 'file', help: 'JSON merge patch of the specification; - for standard input' },
  },
  example: 'unroll fork latest 1203 --changes changes.json',
  run: async (call) => (await import('../views/fork_view.ts')).forkStep(call),
}
