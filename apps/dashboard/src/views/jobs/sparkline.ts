// Index loops over typed arrays stay inside their bounds by construction: `!` is allowed in this file.
import { Columns, type Column } from '../../data/columns.ts'
import { element, setAttribute, shape } from '../../dom/element.ts'
import { isFinal, type Job, type UnrollClient } from '@unroll/client'

const WIDTH = 96
const HEIGHT = 26
const POINTS = 48
/** Pause between two readings of the curve of a job that trains. */
const EVERY_MS = 10_000

/** The loss of a job so far, small: from the least to the greatest value of each part of the run, on a log axis. */
export class Sparkline {
  readonly root: HTMLElement = element('span', { class: 'sparkline', testId: 'sparkline' })
  #readAt = -Infinity
  #isDone = false

  /** Reads the curve again if it may have grown. */
  async refresh(client: UnrollClient, job: Job, { signal, now }: { signal: AbortSignal; now: number }): Promise<void> {
    if (this.#isDone || job.progress.step === 0 || now - this.#readAt < EVERY_MS) return
    this.#readAt = now
    const isLast = isFinal(job.status)
    const columns = new Columns()
    columns.show(await client.jobs.metricsOverview(job.id, { series: ['loss'], max_points: POINTS }, { signal }))
    this.#isDone = isLast
    this.#draw(columns)
  }

  #draw(columns: Columns): void {
    const { d, nonfinite } = traceSpark(columns.steps, columns.column('loss'))
    setAttribute(this.root, 'data-points', String(columns.length))
    setAttribute(this.root, 'data-nonfinite', String(nonfinite.length))
    const marks = nonfinite.map((x) => shape('path', { d: `M${x} 0V${HEIGHT}`, class: 'spark-alert' }))
    const label = `Loss over training${nonfinite.length > 0 ? ', not finite in places' : ''}`
    const size = { width: WIDTH, height: HEIGHT, viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: 'img', 'aria-label': label }
    this.root.replaceChildren(shape('svg', size, ...marks, shape('path', { d, class: 'spark-line' })))
  }
}

/** The path of a small curve, and where a value is not finite. */
export function traceSpark(
  steps: Float64Array,
  { values, present, spread }: Column,
): { d: string; nonfinite: number[] } {
  const last = steps.at(-1) ?? 1
  const toX = (step: number) => Math.round((step / last) * WIDTH * 10) / 10
  const rows = Array.from(steps.keys()).filter((row) => present[row] === 1)
  const ends = rows.map((row) => ({
    x: toX(steps[row]!),
    least: spread === undefined ? values[row]! : spread.least[row]!,
    greatest: spread === undefined ? values[row]! : spread.greatest[row]!,
    isMarked: spread === undefined ? !Number.isFinite(values[row]!) : spread.nan[row]! + spread.infinity[row]! > 0,
  }))
  const drawn = ends.filter(({ least, greatest }) => Number.isFinite(least) && Number.isFinite(greatest))
  const isLog = drawn.length > 0 && drawn.every(({ least }) => least > 0)
  const scale = (value: number) => (isLog ? Math.log10(value) : value)
  const [min, max] = [
    Math.min(...drawn.map(({ least }) => scale(least))),
    Math.max(...drawn.map(({ greatest }) => scale(greatest))),
  ]
  const toY = (value: number) =>
    Math.round((HEIGHT - 2 - ((scale(value) - min) / (max - min || 1)) * (HEIGHT - 4)) * 10) / 10
  const points = drawn.flatMap(({ x, least, greatest }) =>
    least === greatest ? [`${x} ${toY(least)}`] : [`${x} ${toY(greatest)}`, `${x} ${toY(least)}`],
  )
  return {
    d: points.length === 0 ? '' : `M${points.join('L')}`,
    nonfinite: ends.filter(({ isMarked }) => isMarked).map(({ x }) => x),
  }
}
