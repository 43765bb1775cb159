import type { Command } from '../command.ts'

export const replay: Command = {
  summary: 'computes a past step of a run again, bit for bit, and names where its numbers are not finite',
  arguments: ['job', 'step'],
  options: {
    observe: {
      type: 'string',
      value: 'names',
      help: 'with commas: flow, probe, matrix, lyapunov, saturation, gates, states (else flow)',
    },
  },
  example: 'unroll replay latest 1203 --observe flow,gates',
  run: async (call) => (await import('../views/replay_view.ts')).replayStep(call),
}
