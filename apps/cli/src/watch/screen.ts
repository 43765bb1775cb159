import { formatDuration, gradientWindow, timeWords, type FlowPage, type FlowTile } from '@unroll/client'
import { figure, progressBar, type RunView } from '../run_view.ts'
import { sparkline } from '../sparkline.ts'
import { LABEL, drawFlowMap } from './flow_map.ts'
import { measureLine, paint, type ColourBits, type Style } from './paint.ts'

/** Lines beside the map: those above it, its head, its scale, and one for the log. */
const OTHER_LINES = 9
const MOST_MAP_LINES = 8
const LEAST_MAP_LINES = 3
/** Columns that a map has at least beside another. */
const LEAST_MAP_COLUMNS = 60
const GAP = '  '
const NUMBERS = 30
const MOST_SPARKS = 120

export interface Screen {
  columns: number
  rows: number
  bits: ColourBits
}

const STYLES: Readonly<Record<string, Style>> = { failed: 'red', cancelled: 'yellow', succeeded: 'green' }

/** A run in the lines of a terminal: state, progress, curves, and maps of the flow. */
export function drawScreen(view: RunView, flows: readonly (FlowPage | FlowTile)[], screen: Screen): string {
  const { columns, bits } = screen
  const { job, newest } = view
  const sparks = Math.min(MOST_SPARKS, columns - NUMBERS - 1)
  const curve = (name: string, numbers: string, values: readonly (number | null)[]) =>
    `${paint(name.padEnd(6), 'dim', bits)}${numbers.padEnd(NUMBERS - 8)}${GAP}${sparkline(values, sparks)}`
  const evaluated = view.evaluatedWords()
  const name = job.name === job.id ? '' : `${paint(job.name, 'bold', bits)}${GAP}`
  return [
    `${paint(job.status.replaceAll('_', ' '), STYLES[job.status] ?? 'bold', bits)}${GAP}${name}${paint(job.id, 'dim', bits)}`,
    progressLine(view, columns),
    curve('loss', figure(newest.loss), view.curve('loss')),
    curve('norm', `${figure(newest.grad_norm)} → ${figure(newest.grad_norm_clipped)}`, view.curve('grad_norm')),
    ...(evaluated === '' ? [] : [evaluated]),
    ...drawMaps(flows, gradientWindow(job.spec), screen),
  ].join('\n')
}

interface MapPlan {
  lines: number
  /** Maps side by side. */
  shown: number
  columns: number
}

/** How many characters and lines the maps of some layers have; undefined where they have no room. */
export function planMaps({ columns, rows }: Pick<Screen, 'columns' | 'rows'>, layers: number): MapPlan | undefined {
  const lines = Math.min(MOST_MAP_LINES, rows - OTHER_LINES)
  if (lines < LEAST_MAP_LINES) return undefined
  const shown = Math.min(layers, Math.max(1, Math.floor(columns / LEAST_MAP_COLUMNS)))
  return { lines, shown, columns: Math.floor((columns - 1 - (shown - 1) * GAP.length) / shown) }
}

function progressLine({ job, newest: { step }, stepMs }: RunView, columns: number): string {
  const { progress, queue } = job
  if (queue.waiting_for !== null) return `waits for ${queue.waiting_for}${GAP}${timeWords(job)}`.trimEnd()
  const left = stepMs === null ? '' : `${formatDuration(((progress.max_steps - step) * stepMs) / 1_000)} left`
  const words = [
    `step ${step}/${progress.max_steps}`,
    stepMs === null ? '' : `${figure(stepMs)} ms/step`,
    job.status === 'running' ? left : '',
  ].filter((word) => word !== '')
  const told = words.join(GAP)
  const width = Math.max(10, columns - told.length - ' [] 100%'.length - 2 * GAP.length)
  return `${progressBar(step / progress.max_steps, width)}${GAP}${told}`
}

function drawMaps(flows: readonly (FlowPage | FlowTile)[], last: number, screen: Screen): string[] {
  const plan = planMaps(screen, flows.length)
  if (plan === undefined) return []
  const maps = flows.slice(0, plan.shown).flatMap((flow) => {
    const map = drawFlowMap(flow, { ...plan, bits: screen.bits, last })
    return map === undefined ? [] : [{ flow, ...map }]
  })
  if (maps.length === 0) return []
  const heads = maps.map(({ flow }) => headOf(flow).slice(0, plan.columns).padEnd(plan.columns))
  const height = Math.max(...maps.map(({ lines }) => lines.length))
  const beside = Array.from({ length: height }, (_, row) =>
    maps.map(({ lines }) => lines[row] ?? ' '.repeat(plan.columns)).join(GAP),
  )
  const [wide = '', ...others] = maps.map(({ scale }) => `${' '.repeat(LABEL)}${scale}`)
  const scales = others.reduce(
    (line, scale, at) => `${padLine(line, (at + 1) * (plan.columns + GAP.length))}${scale}`,
    wide,
  )
  return [paint(heads.join(GAP), 'dim', screen.bits), ...beside, scales]
}

function headOf(flow: FlowPage | FlowTile): string {
  const last = 'last_step' in flow ? flow.last_step : flow.steps.at(-1)
  return `flow, layer ${flow.layer} of ${flow.layers}: log10 |dL/dh_t|, t up, steps ${flow.steps[0]} to ${last}`
}

function padLine(line: string, columns: number): string {
  return line + ' '.repeat(Math.max(0, columns - measureLine(line)))
}
