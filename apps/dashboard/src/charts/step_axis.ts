// Index loops over typed arrays stay inside their bounds by construction: `!` is allowed in this file.
import { countUpTo } from '../data/columns.ts'
import { formatValue } from '../format.ts'
import { formatDuration } from '@unroll/client'
import { integerTicks, linearTicks, type Range, type Tick } from './ticks.ts'

/** Where training steps are on the horizontal axis of a chart. */
export interface StepAxis {
  readonly name: string
  readonly toX: (step: number) => number
  readonly toStep: (x: number) => number
  readonly ticks: (range: Range, count: number) => Tick[]
  /** A place on the axis in words. */
  readonly format: (x: number) => string
}

/** Every step as far from the next. */
export const STEPS: StepAxis = {
  name: 'training step',
  toX: (step) => step,
  toStep: (x) => x,
  ticks: integerTicks,
  format: formatValue,
}

/** Seconds of training by step, and the seconds up to each. Between two rows time passes evenly. */
export function createTimeAxis(steps: Float64Array, seconds: Float64Array): StepAxis {
  return {
    name: 'training time',
    toX: (step) => interpolate(steps, seconds, step),
    toStep: (x) => interpolate(seconds, steps, x),
    ticks: durationTicks,
    format: (x) => `after ${formatDuration(x)}`,
  }
}

/** Passes over the data. @param stepsPerEpoch training steps of one pass */
export function createEpochAxis(stepsPerEpoch: number): StepAxis {
  return {
    name: 'epoch: pass over the training data',
    toX: (step) => step / stepsPerEpoch,
    toStep: (x) => x * stepsPerEpoch,
    ticks: linearTicks,
    format: (x) => `epoch ${x.toFixed(2)}`,
  }
}

/** The value of a rising, piecewise linear function through the points, continued beyond its ends. */
function interpolate(xs: Float64Array, ys: Float64Array, x: number): number {
  if (xs.length === 0) return x
  if (xs.length === 1) return ys[0]! + x - xs[0]!
  const after = Math.min(xs.length - 1, Math.max(1, countUpTo(xs, x)))
  const [x0, x1, y0, y1] = [xs[after - 1]!, xs[after]!, ys[after - 1]!, ys[after]!]
  return x1 === x0 ? y1 : y0 + ((x - x0) / (x1 - x0)) * (y1 - y0)
}

/** Seconds of steps that clocks have. */
const CLOCK_STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 21_600, 43_200, 86_400]

function durationTicks({ min, max }: Range, count: number): Tick[] {
  const rough = (max - min) / Math.max(1, count)
  const step = CLOCK_STEPS.find((seconds) => seconds >= rough) ?? Math.ceil(rough / 86_400) * 86_400
  if (rough < 1) return linearTicks({ min, max }, count).map(({ at, label }) => ({ at, label: `${label} s` }))
  const first = Math.ceil(min / step - 1e-9)
  const length = Math.max(0, Math.floor(max / step + 1e-9) - first + 1)
  return Array.from({ length }, (_, index) => (first + index) * step).map((at) => ({ at, label: formatDuration(at) }))
}
