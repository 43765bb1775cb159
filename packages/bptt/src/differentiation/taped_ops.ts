// The operations of an engine on values of which a tape records what becomes of them.

import type { MatMulOptions, Ops, Parts } from '../ops/ops.ts'
import { OF_ONE, OF_TWO } from './derivatives.ts'
import { scanTaped } from './scan_taped.ts'
import { constant, type Tape, type Taped } from './tape.ts'

/** Operations that no differentiated computation uses with variables. */
const REFUSED = [
  'exponent',
  'exp2',
  'quantile',
  'scatterAdd',
  'softmaxCrossEntropy',
  'sigmoidCrossEntropy',
] as const satisfies readonly (keyof Ops<unknown>)[]

/** The operations, recorded; without a tape they only compute. */
export function tapeOps<X>(ops: Ops<X>, tape: Tape<X> | undefined): Ops<Taped<X>> {
  const onShard = ops.onShard?.bind(ops)
  return {
    ...elementwise(ops, tape),
    ...movement(ops, tape),
    ...refusals(),
    shape: ({ x }) => ops.shape(x),
    size: ({ x }, axis) => ops.size(x, axis),
    constant: (value) => constant(ops.constant(value)),
    zeros: (shape) => constant(ops.zeros(shape)),
    matMul: (a, b, options) => multiply(ops, tape, [a, b], options),
    gather: (table, ids) =>
      made(tape, ops.gather(table.x, ids.x), [table], (d) =>
        tape!.add(table, ops.scatterAdd(ids.x, d, ops.size(table.x, 0))),
      ),
    log10Norm: (x) => logOfEach(ops, tape, x),
    less: (a, b) => constant(ops.less(a.x, b.x)),
    isFinite: ({ x }) => constant(ops.isFinite(x)),
    scan: (recurrence) => scanTaped(ops, tape, { ...recurrence, tapeOps }),
    ...(onShard && {
      onShard: (index, body) =>
        onShard(index, () => (tape ? tape.placed((back) => onShard(index, back), body) : body())),
    }),
    scope: (body) => body(), // what a tape has recorded is read again on the way back
  }
}

/** A value made of others, with what sends its gradient back to them. */
function made<X>(tape: Tape<X> | undefined, x: X, operands: readonly Taped<X>[], back: (d: X) => void): Taped<X> {
  if (tape === undefined || !operands.some((operand) => tape.wants(operand))) return constant(x)
  const value = tape.variable(x)
  tape.record([value], () => back(tape.gradient(value)!))
  return value
}

type Elementwise = keyof typeof OF_ONE | keyof typeof OF_TWO | 'scale' | 'clamp' | 'select'

function elementwise<X>(ops: Ops<X>, tape: Tape<X> | undefined): Pick<Ops<Taped<X>>, Elementwise> {
  const ofOne = Object.entries(OF_ONE).map(([name, derivative]) => [
    name,
    (of: Taped<X>) => {
      const y = ops[name as keyof typeof OF_ONE](of.x)
      return made(tape, y, [of], (d) => tape!.add(of, derivative(ops, { d, x: of.x, y })))
    },
  ])
  const ofTwo = Object.entries(OF_TWO).map(([name, derivatives]) => [
    name,
    (a: Taped<X>, b: Taped<X>) => {
      const y = ops[name as keyof typeof OF_TWO](a.x, b.x)
      return made(tape, y, [a, b], (d) => {
        for (const [at, operand] of [a, b].entries()) {
          const sent = tape!.wants(operand) ? derivatives[at]!(ops, { d, a: a.x, b: b.x, y }) : undefined
          if (sent !== undefined) tape!.add(operand, fit(ops, tape!, sent, operand.x))
        }
      })
    },
  ])
  return {
    ...(Object.fromEntries([...ofOne, ...ofTwo]) as Pick<Ops<Taped<X>>, keyof typeof OF_ONE | keyof typeof OF_TWO>),
    scale: (of, factor) => made(tape, ops.scale(of.x, factor), [of], (d) => tape!.add(of, ops.scale(d, factor))),
    clamp: (of, limit) =>
      made(tape, ops.clamp(of.x, limit), [of], (d) =>
        tape!.add(of, ops.mul(d, ops.less(ops.abs(of.x), ops.constant(limit)))),
      ),
    select: (condition, a, b) =>
      made(tape, ops.select(condition.x, a.x, b.x), [a, b], (d) => {
        const zeros = ops.zeros(ops.shape(d))
        tape!.add(a, ops.select(condition.x, d, zeros))
        tape!.add(b, ops.select(condition.x, zeros, d))
      }),
  }
}

/** The sum of d over what broadcasting has repeated of x. Within a step rows stay. */
function fit<X>(ops: Ops<X>, { isStep }: Tape<X>, d: X, x: X): X {
  const [from, to] = [ops.shape(d), ops.shape(x)]
  const [R = 1, C = 1] = from.length < 2 ? [1, from[0]] : from
  const columns = to.at(-1) ?? 1
  const narrow = columns === 1 && C > 1 && from.length === 2 ? ops.scale(ops.rowMeans(d), C) : d
  const rows = to.length < 2 ? 1 : to[0]!
  if (isStep || (rows === R && to.length === from.length)) return narrow
  if (to.length === 0) return ops.sum(d)
  return from.length === 2 && rows < R ? ops.reshape(ops.sumRows(narrow), to) : ops.reshape(narrow, to)
}

function multiply<X>(
  ops: Ops<X>,
  tape: Tape<X> | undefined,
  [a, b]: readonly [Taped<X>, Taped<X>],
  { transposeA = false, transposeB = false }: MatMulOptions = {},
): Taped<X> {
  if (transposeA && tape !== undefined)
    throw new TypeError('Cannot differentiate a product whose left side is transposed')
  return made(tape, ops.matMul(a.x, b.x, { transposeA, transposeB }), [a, b], (d) => {
    if (tape!.wants(a)) tape!.add(a, ops.matMul(d, b.x, { transposeB: !transposeB }))
    const [left, right] = transposeB ? [d, a.x] : [a.x, d]
    if (b.tape === tape) tape!.add(b, ops.matMul(left, right, { transposeA: true }))
    else if (tape!.wants(b)) tape!.share(b, { left, right })
  })
}

/** log₁₀|x| of each row of [R,1]. */
function logOfEach<X>(ops: Ops<X>, tape: Tape<X> | undefined, of: Taped<X>): Taped<X> {
  const shape = ops.shape(of.x)
  if (tape?.wants(of) === true && shape[1] !== 1)
    throw new TypeError(`Cannot differentiate log10Norm but of rows of one number: current shape is [${shape}]`)
  return made(tape, ops.log10Norm(of.x), [of], (d) =>
    tape!.add(of, ops.div(ops.scale(ops.reshape(d, shape), 1 / Math.LN10), of.x)),
  )
}

type Movement = 'reshape' | 'concat' | 'split'

/** An axis is counted from the last one on the way back, as a gradient of a vector may have rows. */
function movement<X>(ops: Ops<X>, tape: Tape<X> | undefined): Pick<Ops<Taped<X>>, Movement> {
  const sizeOf = (x: X, axis: number): number => ops.size(x, axis)
  const axisOf = (d: X, x: X, axis: number): number => axis + ops.shape(d).length - ops.shape(x).length
  return {
    reshape: (of, shape) =>
      made(tape, ops.reshape(of.x, shape), [of], (d) => {
        const own = ops.shape(of.x)
        tape!.add(of, count(ops.shape(d)) === count(own) ? ops.reshape(d, own) : d)
      }),
    concat(xs, axis) {
      const y = ops.concat(
        xs.map(({ x }) => x),
        axis,
      )
      return made(tape, y, xs, (d) => {
        const sizes = xs.map(({ x }) => sizeOf(x, axis))
        const parts: readonly X[] = ops.split(d, sizes, axisOf(d, y, axis))
        for (const [at, part] of parts.entries()) tape!.add(xs[at]!, part)
      })
    },
    split<const Sizes extends readonly number[]>(of: Taped<X>, sizes: Sizes, axis: number) {
      const parts: readonly X[] = ops.split(of.x, sizes, axis)
      if (tape === undefined || !tape.wants(of)) return parts.map(constant) as Parts<Taped<X>, Sizes>
      const values = parts.map((part) => tape.variable(part))
      tape.record(values, () => {
        const found = values.map((value) => tape.gradient(value))
        const like = found.find((d) => d !== undefined)!
        const along = axisOf(like, of.x, axis)
        const all = found.map((d, at) => d ?? ops.zeros(ops.shape(like).with(along, sizes[at]!)))
        tape.add(of, all.length === 1 ? all[0]! : ops.concat(all, along))
      })
      return values as Parts<Taped<X>, Sizes>
    },
  }
}

function count(shape: readonly number[]): number {
  return shape.reduce((a, b) => a * b, 1)
}

function refuse(name: string): () => never {
  return () => {
    throw new TypeError(`Cannot differentiate "${name}"`)
  }
}

function refusals<X>(): Pick<Ops<Taped<X>>, (typeof REFUSED)[number]> {
  return Object.fromEntries(REFUSED.map((name) => [name, refuse(name)])) as unknown as Pick<
    Ops<Taped<X>>,
    (typeof REFUSED)[number]
  >
}
