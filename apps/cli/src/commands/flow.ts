import type { Command } from '../command.ts'
import { RANGE_OPTIONS } from '../step_range.ts'

export const flow: Command = {
  summary: 'prints the flow of one layer so far, as CSV with a line for each step and time step',
  arguments: ['job'],
  options: {
    layer: { type: 'string', value: 'n', help: 'the layer, from 0 (0 unless given)' },
    ...RANGE_OPTIONS,
  },
  example: 'unroll flow job_… --layer 0 > flow.csv    (with --json, a page a line)',
  run: async (call) => (await import('../views/flow_view.ts')).printFlow(call),
}

export const probe: Command = {
  summary: 'prints the probe flow, as CSV with a line for each layer and k',
  arguments: ['job'],
  options: {
    step: {
      type: 'string',
      value: 'step',
      help: 'as observed at this step or last before it (the newest unless given)',
    },
    matrix: { type: 'boolean', help: 'the matrix |dL_s/dh_t|, of each time step s of the loss, in its place' },
  },
  example: 'unroll probe job_… --step 1000 > probe.csv',
  run: async (call) => (await import('../views/flow_view.ts')).printProbe(call),
}
