// What the peers' scripts write, and what we make of it.

import type { Check, Point, Summary } from './tables/peers.ts'
import { geometricMean, rounded } from './timing.ts'

/** By this name we run among the peers. */
export const OURS = 'unroll'

/** What `run.py --out` writes, as far as it is read. */
export interface RunOutput {
  readonly threads: number
  readonly rounds: number
  readonly gemm: {
    readonly cases: readonly { readonly case: string; readonly cell: string; readonly gemm_floor_ms: number }[]
  }
  readonly versions: Readonly<Record<string, string>>
  readonly points: readonly RunPoint[]
}

interface RunPoint {
  readonly case: { readonly name: string }
  readonly cell: string
  readonly variant: string
  readonly peers: Readonly<Record<string, RunOfPeer>>
}

interface RunOfPeer {
  readonly best_ms?: number
  readonly impl?: string
  readonly others?: number
  readonly spread?: number
  readonly skip?: string
}

/** Errors: Error when we or all of the peers were skipped. */
export function pointsOf({ points, gemm }: RunOutput): readonly Point[] {
  return points.map((point) => {
    const { cell, variant, peers } = point
    const { name } = point.case
    const ms = valuesOf(peers, ({ best_ms }) => best_ms)
    const own = ms[OURS]
    const [fastest, best] = Object.entries(ms)
      .filter(([peer]) => peer !== OURS)
      .toSorted(([, a], [, b]) => a - b)[0] ?? ['', NaN]
    if (own === undefined || fastest === '') {
      const reasons = Object.entries(peers).map(([peer, { skip = 'ran' }]) => `${peer}: ${skip}`)
      throw new Error(`Cannot compare ${name} ${cell} ${variant}. ${reasons.join('. ')}`)
    }
    const floor = gemm.cases.find((each) => each.case === name && each.cell === cell)?.gemm_floor_ms ?? NaN
    return {
      case: name,
      cell,
      variant,
      ms,
      way: valuesOf(peers, ({ impl }, peer) => (peer === OURS || peer === 'tfjs' ? undefined : impl)),
      doubt: valuesOf(peers, (run) => doubtOf(run) || undefined),
      fastest,
      ratio: rounded(best / own, 3),
      floor_ms: rounded(floor, 3),
      floor_share: rounded(floor / own, 3),
    }
  })
}

function doubtOf({ others = 0, spread = 1 }: RunOfPeer): string {
  return `${others > 0.3 ? '*' : ''}${spread > 1.25 ? '~' : ''}`
}

function valuesOf<Value>(
  peers: RunPoint['peers'],
  read: (run: RunOfPeer, peer: string) => Value | undefined,
): Readonly<Record<string, Value>> {
  const values = Object.entries(peers).map(([peer, run]) => [peer, read(run, peer)] as const)
  return Object.fromEntries(values.filter((entry): entry is [string, Value & {}] => entry[1] !== undefined))
}

/** Of each cell and variant. */
export function summaryOf(points: readonly Point[]): readonly Summary[] {
  const worstFirst = points.toSorted((a, b) => a.ratio - b.ratio)
  return points
    .map(({ cell, variant }) => worstFirst.filter((point) => point.cell === cell && point.variant === variant))
    .filter(([worst], i, groups) => groups.findIndex(([other]) => other === worst) === i)
    .map((group) => {
      const { cell, variant, case: name, ratio } = group[0]!
      const mean = rounded(geometricMean(group.map((point) => point.ratio)), 3)
      return { cell, variant, geometric_mean: mean, worst: { case: name, ratio } }
    })
}

const CHECKED = /^(\w+) +(\w+) +(?:ok|DIFF) +relative difference: loss (\S+), grad_norm (\S+), flow (\S+)$/
/** What check_flow.py allows. */
const TOLERANCE = 1e-4

/** Our lines of what `check_flow.py` prints. Errors: Error when a number differs or a cell is missing. */
export function checksOf(output: string, cells: readonly string[]): readonly Check[] {
  const found = output.split('\n').flatMap((line): readonly Check[] => {
    const [, cell = '', name, ...numbers] = CHECKED.exec(line) ?? []
    const [loss = NaN, gradNorm = NaN, flow = NaN] = numbers.map(Number)
    return name === OURS ? [{ cell, loss, grad_norm: gradNorm, flow }] : []
  })
  for (const cell of cells) {
    const check = found.find((each) => each.cell === cell)
    const worst = check === undefined ? NaN : Math.max(check.loss, check.grad_norm, check.flow)
    if (!(worst <= TOLERANCE)) throw new Error(`Cannot compare ${cell} as its first step is another:\n${output}`)
  }
  return found
}
