import type { Command } from '../command.ts'

export const deliveries: Command = {
  summary: 'lists what the receivers of a job were told, newest first',
  arguments: ['job'],
  example: 'unroll deliveries latest',
  run: async (call) => (await import('../views/deliveries_view.ts')).listDeliveries(call),
}
