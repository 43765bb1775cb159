import type { FlowPage, ProbeFlow } from '@unroll/client'
import { parseCount, type Command } from '../command.ts'
import { RANGE_OPTIONS, parseStepRange } from '../step_range.ts'
import { named } from '../named_numbers.ts'

const STATES = ['log10_norm', 'cell_state', 'probe'] as const

export const flow: Command = {
  summary: 'prints the flow of one layer so far, as CSV with a line for each step and time step',
  arguments: ['job'],
  options: {
    layer: { type: 'string', value: 'n', help: 'the layer, from 0 (0 unless given)' },
    ...RANGE_OPTIONS,
  },
  example: 'unroll flow job_… --layer 0 > flow.csv    (with --json, a page a line)',
  async run({ client, terminal, given: [id = ''], text, flags, signal }) {
    const range = parseStepRange(text)
    const layer = parseCount(text['layer'], 'layer', 0)
    if (flags['json'] !== true) terminal.out(['step', 'timestep', ...STATES].join(','))
    for (let after: string | undefined; ;) {
      const page = await client.jobs.flow(id, { layer, ...range, after }, { signal })
      if (page.steps.length === 0) return
      if (flags['json'] === true) terminal.out(JSON.stringify(page, named))
      else for (const line of flowLines(page)) terminal.out(line)
      after = page.cursor
    }
  },
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
  },
  example: 'unroll probe job_… --step 1000 > probe.csv',
  async run({ client, terminal, given: [id = ''], text, flags, signal }) {
    const found = await client.jobs.probe(id, { step: parseCount(text['step'], 'step') }, { signal })
    if (flags['json'] === true) return terminal.out(JSON.stringify(found, named))
    terminal.out('step,layer,k,log10_phi,beta,horizon')
    for (const line of probeLines(found)) terminal.out(line)
  },
}

/** Empty for an unmeasured value. */
function flowLines(page: FlowPage): string[] {
  return page.steps.flatMap((step, row) =>
    page.timesteps.map((timestep, at) =>
      [step, timestep, ...STATES.map((state) => page[state]?.[row]?.[at] ?? '')].join(','),
    ),
  )
}

/** The fit of a layer is in each of its lines. */
function probeLines({ step, layers }: ProbeFlow): string[] {
  return layers.flatMap(({ layer, log10_phi, beta, horizon }) =>
    log10_phi.map((phi, k) => [step, layer, k, phi, beta, horizon].join(',')),
  )
}
