import type { FlowPage, MatrixOfLayers, ProbeFlow } from '@unroll/client'
import { parseCount, type Call } from '../command.ts'
import { named } from '../named_numbers.ts'
import { parseStepRange } from '../step_range.ts'

const STATES = ['log10_norm', 'cell_state', 'probe'] as const

/** Prints the flow of one layer, page by page. */
export async function printFlow({ client, terminal, given: [id = ''], text, flags, signal }: Call): Promise<void> {
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
}

/** Prints the probe flow of a step, or its itemised matrix. */
export async function printProbe({ client, terminal, given: [id = ''], text, flags, signal }: Call): Promise<void> {
  const at = { step: parseCount(text['step'], 'step') }
  const found = await client.jobs[flags['matrix'] === true ? 'matrix' : 'probe'](id, at, { signal })
  if (flags['json'] === true) return terminal.out(JSON.stringify(found, named))
  for (const line of found.object === 'probe' ? probeLines(found) : matrixLines(found)) terminal.out(line)
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
  const lines = layers.flatMap(({ layer, log10_phi, beta, horizon, rounded }) =>
    log10_phi.map((phi, k) => [step, layer, k, phi, beta, horizon, rounded].join(',')),
  )
  return ['step,layer,k,log10_phi,beta,horizon,rounded', ...lines]
}

/** A source is named by its first time step. */
function matrixLines({ step, layers }: MatrixOfLayers): string[] {
  const lines = layers.flatMap(({ layer, sources, log10_norm: rows }) =>
    rows.flatMap((row, s) => row.map((norm, t) => [step, layer, sources[s], t + 1, norm].join(','))),
  )
  return ['step,layer,source,timestep,log10_norm', ...lines]
}
