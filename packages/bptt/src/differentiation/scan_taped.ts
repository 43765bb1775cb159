// A recurrence on a tape. Its gradient is a recurrence the other way, each of whose steps takes the step again from the carry before
// it, which is kept, and goes back through it. What a step uses from outside has a gradient of every row of every step: it is
// summed after the scan, by one product or sum over all of them.

import type { Ops, Recurrence, Scanned, Series, SeriesByName } from '../ops/ops.ts'
import { scan } from '../ops/scan.ts'
import { joinRows, splitSteps } from '../ops/series.ts'
import { mapTensors, named, prefixed, under, type Tensors } from '../ops/tensors.ts'
import { constant, Tape, type Share, type Taped } from './tape.ts'

const BEFORE = 'before.'
const GIVEN = 'given.'
const KEPT = 'kept.'
const SHARE = 'share.'

/** Operations on the values of a tape, from those of an engine; without a tape they only compute. */
type TapeOps = <X>(ops: Ops<X>, tape: Tape<X> | undefined) => Ops<Taped<X>>

/**
 * A scan whose results are on the tape; without one it is only computed.
 *
 * @param recurrence of the operations that `tapeOps` makes
 */
export function scanTaped<X>(
  ops: Ops<X>,
  tape: Tape<X> | undefined,
  { tapeOps, ...recurrence }: Recurrence<Taped<X>> & { readonly tapeOps: TapeOps },
): Scanned<Taped<X>> {
  const { steps, backwards = false, carry, given, step } = recurrence
  const { carry: after, kept: all } = scan(ops, {
    steps,
    backwards,
    carry: values(carry),
    given: mapTensors(given, valuesOf),
    step: (inner, before, own) => {
      const next = step(tapeOps(inner, undefined), mapTensors(before, constant), mapTensors(own, constant))
      const kept = prefixed(values(next.kept), KEPT)
      return { carry: values(next.carry), kept: tape === undefined ? kept : { ...kept, ...prefixed(before, BEFORE) } }
    },
  })
  const taped = (x: X): Taped<X> => tape?.variable(x) ?? constant(x)
  const made = { carry: mapTensors(after, taped), kept: mapTensors(under(all, KEPT), (each) => mapSeries(each, taped)) }
  tape?.record([...Object.values(made.carry), ...Object.values(made.kept).flatMap(listSeries)], () =>
    goBack(ops, tape, { recurrence, tapeOps, made, before: under(all, BEFORE) }),
  )
  return made
}

interface Taken<X> {
  readonly recurrence: Recurrence<Taped<X>>
  readonly tapeOps: TapeOps
  readonly made: Scanned<Taped<X>>
  /** The carry before each step. */
  readonly before: SeriesByName<X>
}

function goBack<X>(ops: Ops<X>, tape: Tape<X>, { recurrence, tapeOps, made, before }: Taken<X>): void {
  const { steps, backwards = false, carry, given, step } = recurrence
  const zerosLike = ({ x }: Taped<X>): X => ops.zeros(ops.shape(x))
  const sharing: (readonly [of: Taped<X>, share: Share<X>])[] = []
  const back = scan(ops, {
    steps,
    backwards: !backwards,
    carry: mapTensors(made.carry, (value) => tape.gradient(value) ?? zerosLike(value)),
    given: {
      ...prefixed(mapTensors(given, valuesOf), GIVEN),
      ...prefixed(before, BEFORE),
      ...prefixed(gradientsOf(tape, made.kept, zerosLike), KEPT),
    },
    step: (inner, d, own) => {
      const inside = new Tape(inner, { isStep: true })
      const befores = mapTensors(under(own, BEFORE), (x) => inside.variable(x))
      const givens = mapTensors(under(own, GIVEN), (x, name) =>
        isWanted(named(given, name)) ? inside.variable(x) : constant(x),
      )
      const next = step(tapeOps(inner, inside), befores, givens)
      for (const [name, x] of Object.entries(d)) inside.add(named(next.carry, name), x)
      for (const [name, x] of Object.entries(under(own, KEPT))) inside.add(named(next.kept, name), x)
      inside.back()
      sharing.splice(0, sharing.length, ...inside.shares)
      return {
        carry: mapTensors(befores, (value) => inside.gradient(value) ?? inner.zeros(inner.shape(value.x))),
        kept: { ...prefixed(pickGradients(inside, givens), GIVEN), ...flattenShares(inside.shares) },
      }
    },
  })
  for (const [name, x] of Object.entries(back.carry)) tape.add(named(carry, name), x)
  for (const [name, series] of Object.entries(under(back.kept, GIVEN)))
    addSeries(ops, tape, named(given, name), { series, steps })
  for (const [at, [of, share]] of sharing.entries()) {
    const part = (name: string): X => joinRows(ops, named(back.kept, `${SHARE}${at}.${name}`))
    const sum =
      'rows' in share
        ? ops.reshape(ops.sumRows(part('rows')), ops.shape(of.x))
        : ops.matMul(part('left'), part('right'), { transposeA: true })
    tape.add(of, sum)
  }
}

/** The gradients of what was kept; those that there are. */
function gradientsOf<X>(
  tape: Tape<X>,
  kept: SeriesByName<Taped<X>>,
  zerosLike: (value: Taped<X>) => X,
): SeriesByName<X> {
  const found = Object.entries(kept).filter(([, series]) =>
    listSeries(series).some((value) => tape.gradient(value) !== undefined),
  )
  return Object.fromEntries(
    found.map(([name, series]) => [name, mapSeries(series, (value) => tape.gradient(value) ?? zerosLike(value))]),
  )
}

function pickGradients<X>(tape: Tape<X>, variables: Tensors<Taped<X>>): Tensors<X> {
  const found = Object.entries(variables).map(([name, value]) => [name, tape.gradient(value)] as const)
  return Object.fromEntries(found.flatMap(([name, d]) => (d === undefined ? [] : [[name, d]])))
}

function flattenShares<X>(shares: Tape<X>['shares']): Tensors<X> {
  return Object.assign({}, ...shares.map(([, share], at) => prefixed<X>({ ...share }, `${SHARE}${at}.`)))
}

function addSeries<X>(
  ops: Ops<X>,
  tape: Tape<X>,
  to: Series<Taped<X>>,
  { series, steps }: { readonly series: Series<X>; readonly steps: number },
): void {
  if ('rows' in to) tape.add(to.rows, joinRows(ops, series))
  else for (const [t, d] of splitSteps(ops, series, steps).entries()) tape.add(to.steps[t]!, d)
}

function isWanted<X>(series: Series<Taped<X>>): boolean {
  return listSeries(series).some(({ tape }) => tape !== undefined)
}

function values<X>(taped: Tensors<Taped<X>>): Tensors<X> {
  return mapTensors(taped, ({ x }) => x)
}

function valuesOf<X>(series: Series<Taped<X>>): Series<X> {
  return mapSeries(series, ({ x }) => x)
}

function listSeries<X>(series: Series<X>): readonly X[] {
  return 'rows' in series ? [series.rows] : series.steps
}

function mapSeries<X, Y>(series: Series<X>, change: (x: X) => Y): Series<Y> {
  return 'rows' in series ? { rows: change(series.rows) } : { steps: series.steps.map(change) }
}
