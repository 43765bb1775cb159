// Which charts the measured series of a run make. A chart without a measured series is left out.

import { CELLS, type CellName, type JobSpec } from '@unroll/client'
import type { Guide } from '../charts/overlay.ts'
import type { LineSeries } from '../charts/line_options.ts'
import { formatCount } from '../format.ts'
import { SERIES_COLOURS } from '../theme.ts'

/** A chart of some series. */
export interface SeriesChart {
  /** By which tests find it, and the same chart is known again. */
  readonly key: string
  readonly title: string
  readonly log: boolean
  readonly series: readonly LineSeries[]
  readonly guides?: readonly Guide[]
}

/** Charts that belong together, under a title. */
export interface SeriesGroup {
  readonly title: string
  readonly note?: string
  readonly charts: readonly SeriesChart[]
}

/** Half-lives of what a gate keeps are computed from its mean, under this name. */
export const HALF_LIFE = 'half_life'

/** The series of evaluations and accuracies, which `planScores` draws. */
export const SCORE_SERIES: readonly string[] = ['accuracy', 'evaluation_*']

/** The series of the inside of a network and its training, which `planInside` draws. */
export const INSIDE_SERIES: readonly string[] = [
  'clip_coefficient',
  'clipped_share',
  'clipped_fraction',
  'learning_rate',
  'sequence_length',
  'updates_skipped',
  'updates_zeroed',
  'step_ms',
  'truncation_*',
  'k2',
  'gradient_decay',
  'gate/*',
  'gate_saturation/*',
  'saturation/*',
  'spectral_radius/*',
  'lyapunov/*',
  'flossing',
  'lyapunov_ended/*',
  'lyapunov_horizon/*',
  'log10_condition/*',
  'grad_norm/*',
]

/** How well a run answers, beside its loss. */
export function planScores(names: readonly string[]): SeriesGroup[] {
  const charts = [
    describeChart('scores-shares', 'Accuracy and F1', names, [
      ['accuracy', 'training accuracy'],
      ['evaluation_accuracy', 'evaluation accuracy'],
      ['evaluation_macro_f1', 'evaluation macro F1'],
    ]),
    byLength('evaluation_accuracy', 'Accuracy on sequences of other lengths', names),
    byLength('evaluation_loss', 'Loss on sequences of other lengths', names),
    describeChart('scores-errors', 'Error on held-out data, in units of the data', names, [
      ['evaluation_mae', 'MAE'],
      ['evaluation_rmse', 'RMSE'],
    ]),
    describeChart('scores-bits', 'Bits per character on held-out data', names, [
      ['evaluation_bits_per_character', 'bits per character'],
    ]),
  ].flat()
  return charts.length === 0 ? [] : [{ title: '', charts }]
}

/** A chart of a score, a line for each length of the sequences. */
function byLength(family: string, title: string, names: readonly string[]): SeriesChart[] {
  const pairs = members(family, names).map((T) => [`${family}/${T}`, `T = ${formatCount(Number(T))}`] as const)
  return describeChart(`${family}-lengths`, title, names, pairs)
}

/** What happens inside a network and its training. */
export function planInside(names: readonly string[], spec: JobSpec): SeriesGroup[] {
  const groups = [
    planGates(names, spec),
    planWeights(names),
    planSpectra(names),
    planReach(names, spec),
    planTensors(names),
    planCourse(names, spec),
  ]
  return groups.filter(({ charts }) => charts.length > 0)
}

function planGates(names: readonly string[], { model }: JobSpec): SeriesGroup {
  return {
    title: 'Gates',
    note: 'means over all steps, rows and units',
    charts: [
      ...byLayer('gate', 'Mean of the gates', names).map((chart) => withRoles(chart, model.cell)),
      ...halfLives(model.cell, names),
      ...byLayer('gate_saturation', 'Mean of min(v, 1 − v): a gate below 0.05 hardly moves', names, [LEAST]),
    ],
  }
}

function planWeights(names: readonly string[]): SeriesGroup {
  return {
    title: 'Units and recurrent weights',
    charts: [
      ...createChart('saturation', 'Mean of 1 − |h|: units below 0.05 are saturated', names, [LEAST]),
      ...byLayer('spectral_radius', 'Spectral radius of the recurrent weights', names, [UNIT]),
    ],
  }
}

function planSpectra(names: readonly string[]): SeriesGroup {
  return {
    title: 'Lyapunov exponents',
    note: 'of the recurrence of each layer, in nats a time step: at 0 a gradient neither grows nor shrinks',
    charts: [
      ...byLayer('lyapunov', 'Exponents λ₁ ≥ λ₂ ≥ …', names, [STILL]),
      ...byLayer('lyapunov_ended', 'Share of the rows in which a direction ends in an exact zero', names),
      ...describeChart('flossing', 'Flossing: sum of the squares of the exponents', names, [['flossing', 'Σ λ²']]),
      ...createChart('log10_condition', 'log₁₀ of the condition number of the Jacobian of all time steps', names, []),
      ...createChart('lyapunov_horizon', 'Horizon by λ₁: time steps after which 1 % of a gradient is left', names, []),
    ],
  }
}

function planReach(names: readonly string[], { clipping }: JobSpec): SeriesGroup {
  const clipped = describeChart('clipping', 'Clipping', names, [
    ['clip_coefficient', 'coefficient'],
    ['clipped_share', 'share of steps so far'],
    ['clipped_fraction', 'share of elements'],
  ])
  const truncated = describeChart('truncation', 'Truncated against full gradient', names, [
    ['truncation_bias', 'bias ‖g_k − g_T‖/‖g_T‖'],
    ['truncation_cosine', 'cosine'],
    ['truncation_bound', 'estimated bound of the bias'],
  ])
  const reach = describeChart('k2', 'Time steps that the gradient reaches back at most', names, [['k2', 'k2']])
  const decay = describeChart('gradient-decay', 'What a further time step back leaves of a gradient', names, [
    ['gradient_decay', 'β'],
  ])
  const charts = [...(clipping.policy === 'none' ? [] : clipped), ...truncated, ...reach, ...decay]
  return { title: 'Clipping and truncation', charts }
}

function planTensors(names: readonly string[]): SeriesGroup {
  return {
    title: 'Gradient norm of each tensor',
    note: 'before clipping, log axis',
    charts: members('grad_norm', names).map((of) => ({
      key: `grad_norm/${of}`,
      title: of,
      log: true,
      series: [{ name: `grad_norm/${of}`, label: 'norm', colour: '--series-1', sparse: true, dots: false }],
    })),
  }
}

function planCourse(names: readonly string[], { optimizer: { schedule } }: JobSpec): SeriesGroup {
  const isScheduled = schedule.type !== 'constant' || schedule.warmup_steps > 0
  return {
    title: 'Course of training',
    charts: [
      ...(isScheduled
        ? describeChart('learning-rate', 'Learning rate', names, [['learning_rate', 'learning rate']])
        : []),
      ...describeChart('sequence-length', 'Length of the sequences', names, [['sequence_length', 'time steps']]),
      ...describeChart('dropped', 'Updates dropped so far', names, [
        ['updates_skipped', 'skipped'],
        ['updates_zeroed', 'with elements set to 0'],
      ]),
      ...describeChart('step-time', 'Time of a step in ms', names, [['step_ms', 'ms']]),
    ],
  }
}

const LEAST: Guide = { at: 0.05, label: '0.05', colour: '--guide' }
const STILL: Guide = { at: 0, label: '0', colour: '--guide' }
const UNIT: Guide = { at: 1, label: '1', colour: '--guide' }

/** Gates are called by their letters, as in the equations, and by what they do. */
function withRoles(chart: SeriesChart, cell: CellName): SeriesChart {
  const { gates } = CELLS[cell]
  const series = chart.series.map((line) => ({ ...line, label: `${line.label} ${gates[line.label] ?? ''}`.trim() }))
  return { ...chart, series }
}

function members(family: string, names: readonly string[]): string[] {
  return names.filter((name) => name.startsWith(`${family}/`)).map((name) => name.slice(family.length + 1))
}

/** `layers.0` of `layers.0.Wh.f`, or `layers.0.backward` of `layers.0.backward.Wh.f`. */
function findLayer(of: string): string {
  return /^layers\.\d+(?:\.(?:forward|backward))?/.exec(of)?.[0] ?? of
}

/** A chart of each layer, a line for each of its members; only the layer is named where there is one. */
function byLayer(
  family: string,
  title: string,
  names: readonly string[],
  guides: readonly Guide[] = [],
): SeriesChart[] {
  const all = members(family, names)
  const layers = [...new Set(all.map(findLayer))]
  return layers.flatMap((layer) => {
    const lines = all.filter((of) => findLayer(of) === layer)
    const pairs = lines.map((of) => [`${family}/${of}`, of.slice(layer.length + 1) || layer] as const)
    const words = layers.length === 1 ? title : `${title}, ${layerWords(layer)}`
    return describeChart(`${family}-${layer}`, words, names, pairs, guides)
  })
}

/** One chart of a family, a line for each layer. */
function createChart(family: string, title: string, names: readonly string[], guides: readonly Guide[]): SeriesChart[] {
  const pairs = members(family, names).map((of) => [`${family}/${of}`, layerWords(of)] as const)
  return describeChart(family, title, names, pairs, guides)
}

function layerWords(layer: string): string {
  return layer.replace(/^layers\.(\d+)(?:\.(\w+))?$/, (_, depth: string, direction?: string) =>
    ['layer', depth, ...(direction === undefined ? [] : [direction])].join(' '),
  )
}

/** The charts of half-lives: steps after which half is left of what a layer holds. */
function halfLives(cell: CellName, names: readonly string[]): SeriesChart[] {
  const pairs = keptBy(cell, names).map(({ of }) => [`${HALF_LIFE}/${of}`, layerWords(findLayer(of))] as const)
  const charts = describeChart(
    HALF_LIFE,
    'Half-life of what is held, in steps: −ln 2 / ln of the share kept',
    pairs.map(([name]) => name),
    pairs,
  )
  return charts.map((chart) => ({ ...chart, log: true }))
}

/** The gates by which a cell keeps what it holds, and whether it keeps their value or the rest to 1. */
export function keptBy(cell: CellName, names: readonly string[]): { of: string; keepsRest: boolean }[] {
  const roles = Object.entries(CELLS[cell].gates)
  const keeper = roles.find(([, role]) => role === 'forget') ?? roles.find(([, role]) => role === 'update')
  if (keeper === undefined) return []
  const [gate, role] = keeper
  return members('gate', names)
    .filter((of) => of === `${findLayer(of)}.${gate}`)
    .map((of) => ({ of, keepsRest: role === 'update' }))
}

/** A chart of those series that are measured, none where no series is. */
function describeChart(
  key: string,
  title: string,
  names: readonly string[],
  pairs: readonly (readonly [name: string, label: string])[],
  guides: readonly Guide[] = [],
): SeriesChart[] {
  const series = pairs
    .filter(([name]) => names.includes(name))
    .map(([name, label], at) => ({ name, label, colour: SERIES_COLOURS[at % SERIES_COLOURS.length]!, sparse: true }))
  return series.length === 0 ? [] : [{ key, title, log: false, series, guides }]
}
