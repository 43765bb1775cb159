import { gradientWindow, type Finding, type Probe } from '@unroll/contract'
import type { CardFacts } from './card_facts.ts'
import type { LayerFlowTile } from './flow_picture.ts'
import { formatNumber, plain, table } from './markdown.ts'

type ProbeLayer = Probe['layers'][number]

/** What happened to the gradient on its way back through time. */
export function writeGradient(facts: CardFacts, picture: string): string {
  const { findings } = facts
  return [
    '## Gradient',
    ...describeNorm(facts),
    ...describeReach(facts),
    ...describeFlow(facts),
    `![log₁₀ of the norm of ∂L/∂h\\_t, by training step and time step](data:image/svg+xml;base64,${Buffer.from(picture).toString('base64')})`,
    findings.length === 0
      ? 'The diagnosis found nothing wrong with the run.'
      : `The diagnosis found:\n\n${findings.map(describeFinding).join('\n')}`,
  ].join('\n\n')
}

/** The norm of the whole gradient, and what clipping did to it. */
function describeNorm({ job, checkpoint, gradNorm }: CardFacts): string[] {
  const { clipping } = job.spec
  const { clipped_share: share } = checkpoint.metrics
  const acted = typeof share === 'number' ? ` It acted at ${formatNumber(100 * share)} % of the steps so far.` : ''
  const policy = `Clipping: policy \`${clipping.policy}\`${'threshold' in clipping ? `, threshold ${clipping.threshold}` : ''}.${acted}`
  if (gradNorm === undefined) return [policy]
  const of = (series: keyof typeof gradNorm.all.statistics) => gradNorm.all.statistics[series][0] ?? 0
  const [, , , median = Number.NaN, , , highest = Number.NaN] = gradNorm.percentiles
  const notFinite = of('nan') + of('inf') + of('negInf')
  const norm =
    of('n') === 0
      ? 'The norm of the gradient was Inf or NaN at every step.'
      : `The norm of the gradient before clipping, over all steps of the run: median ${formatNumber(median)}, 99th percentile ${formatNumber(highest)}, largest ${formatNumber(of('max'))} at step ${of('argmax')}; ${notFinite} times Inf or NaN.`
  return [norm, policy]
}

/** How far the gradient of the last loss reaches, by the probe flow. */
function describeReach({ probe, flow, job }: CardFacts): string[] {
  const { layers, step, epsilon } = probe
  if (layers.length === 0) return ['How far the gradient reaches was not measured (`observe.probe_every`).']
  const window = gradientWindow(job.spec)
  const rows = layers.map((layer) => [
    flow[layer.layer]?.name ?? String(layer.layer),
    layer.beta === null ? '–' : formatNumber(layer.beta),
    describeEnd(layer, { window, epsilon }),
  ])
  return [
    `How far the gradient of the loss at the last time step reaches back, at training step ${step}:`,
    table(['layer', 'factor of one time step', 'reach'], rows),
  ]
}

function describeEnd(
  { reach, horizon }: ProbeLayer,
  { window, epsilon }: { readonly window: number; readonly epsilon: number },
): string {
  const words: Readonly<Record<ProbeLayer['reach'], string>> = {
    ends: `below ${100 * epsilon} % after ${horizon} time steps`,
    whole_window: `through the whole window of ${window} time steps`,
    zero: 'exactly zero from the start',
    not_finite: 'Inf or NaN before it ends',
  }
  return words[reach]
}

/** The newest recorded flow: at both ends of the window. */
function describeFlow({ flow }: CardFacts): string[] {
  const rows = flow.flatMap(({ name, tile }) => {
    const [bucket, newest] = [...tile.columns].at(-1) ?? []
    if (bucket === undefined || newest?.h === undefined) return []
    const { h } = newest
    const [first, last] = [0, tile.lines.count - 1].map((line) => tellNorm(h, line))
    return [[name, describeSteps(bucket, tile), last ?? '', first ?? '']]
  })
  if (rows.length === 0) return ['The flow was not recorded (`observe.flow_every`).']
  return [
    'The newest flow, log₁₀‖∂L/∂h\\_t‖, where it begins (the last time steps) and where it ends (the first):',
    table(['layer', 'training steps', 'last time steps', 'first time steps'], rows),
  ]
}

function describeSteps(bucket: number, { width }: LayerFlowTile['tile']): string {
  return width === 1 ? String(bucket + 1) : `${bucket * width + 1} to ${(bucket + 1) * width}`
}

type Norms = NonNullable<ReturnType<LayerFlowTile['tile']['columns']['get']>>['h']

function tellNorm({ nan, infinity, max, zero }: NonNullable<Norms>, line: number): string {
  if ((nan[line] ?? 0) > 0) return 'NaN'
  if ((infinity[line] ?? 0) > 0) return 'Infinity'
  const largest = max[line] ?? -Infinity
  if (largest > -Infinity) return formatNumber(largest)
  return (zero[line] ?? 0) > 0 ? 'exact zero' : '–'
}

function describeFinding({ title, code, first_step, until_step, advice, evidence }: Finding): string {
  const when = until_step === null ? `from step ${first_step} on` : `from step ${first_step} until step ${until_step}`
  const figures = Object.entries(evidence.figures).map(([name, value]) => `${plain(name)} ${formatNumber(value)}`)
  return `- ${plain(title)} (\`${code}\`), ${when}${figures.length > 0 ? `: ${figures.join(', ')}` : ''}.${advice === null ? '' : ` ${plain(advice)}`}`
}
