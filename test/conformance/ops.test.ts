// Every operation on every interpreter, with the values that kernels lose: Inf, NaN, denormal numbers, huge ones.

import assert from 'node:assert/strict'
import test from 'node:test'
import type { Ops } from '@unroll/bptt'
import type { Interpreter } from '@unroll/engines'
import { Comparison } from './comparison.ts'
import { needs, SUBJECTS, GPU_GRAPH } from './interpreters.ts'

const { NaN: nan, POSITIVE_INFINITY: inf } = Number

/** Operands by shape; `wanted` is what comes out, flat. */
interface Case {
  readonly what: string
  readonly of: readonly Operand[]
  run<X>(ops: Ops<X>, ...operands: X[]): X
  readonly wanted: readonly number[]
}

interface Operand {
  readonly shape: readonly number[]
  readonly data: readonly number[]
}

function vector(...data: number[]): Operand {
  return { shape: [data.length], data }
}

function matrix(rows: number, ...data: number[]): Operand {
  return { shape: [rows, data.length / rows], data }
}

const SCALAR = (value: number): Operand => ({ shape: [], data: [value] })
const SPECIAL = vector(nan, inf, -inf, -2, 0, 0.5)
const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x))

const CASES: readonly Case[] = [
  { what: 'add', of: [SPECIAL, SCALAR(1)], run: (o, a, b) => o.add(a, b), wanted: [nan, inf, -inf, -1, 1, 1.5] },
  { what: 'sub', of: [SCALAR(1), SPECIAL], run: (o, a, b) => o.sub(a, b), wanted: [nan, -inf, inf, 3, 1, 0.5] },
  { what: 'mul', of: [SPECIAL, SCALAR(0)], run: (o, a, b) => o.mul(a, b), wanted: [nan, nan, nan, 0, 0, 0] },
  { what: 'div', of: [SPECIAL, SCALAR(0)], run: (o, a, b) => o.div(a, b), wanted: [nan, inf, -inf, -inf, nan, inf] },
  { what: 'maximum', of: [SPECIAL, SCALAR(0)], run: (o, a, b) => o.maximum(a, b), wanted: [nan, inf, 0, 0, 0, 0.5] },
  {
    what: 'maximum, turned',
    of: [SCALAR(0), SPECIAL],
    run: (o, a, b) => o.maximum(a, b),
    wanted: [nan, inf, 0, 0, 0, 0.5],
  },
  { what: 'scale', of: [SPECIAL], run: (o, x) => o.scale(x, 0), wanted: [nan, nan, nan, 0, 0, 0] },
  { what: 'square', of: [SPECIAL], run: (o, x) => o.square(x), wanted: [nan, inf, inf, 4, 0, 0.25] },
  { what: 'sqrt', of: [SPECIAL], run: (o, x) => o.sqrt(x), wanted: [nan, inf, nan, nan, 0, Math.SQRT1_2] },
  { what: 'abs', of: [SPECIAL], run: (o, x) => o.abs(x), wanted: [nan, inf, inf, 2, 0, 0.5] },
  { what: 'exp', of: [SPECIAL], run: (o, x) => o.exp(x), wanted: [nan, inf, 0, Math.exp(-2), 1, Math.exp(0.5)] },
  {
    what: 'cos',
    of: [vector(nan, inf, -inf, 0, 2, -3)],
    run: (o, x) => o.cos(x),
    wanted: [nan, nan, nan, 1, Math.cos(2), Math.cos(3)],
  },
  {
    what: 'sin',
    of: [vector(nan, inf, -inf, 0, 2, -3)],
    run: (o, x) => o.sin(x),
    wanted: [nan, nan, nan, 0, Math.sin(2), -Math.sin(3)],
  },
  {
    what: 'exponent',
    of: [vector(nan, inf, 0, -5, 1e-30, 1.5 * 2 ** 100)],
    run: (o, x) => o.exponent(x),
    wanted: [0, 0, 0, 2, -100, 100],
  },
  {
    what: 'exp2',
    of: [vector(0, 3, -126, 127, -1)],
    run: (o, x) => o.exp2(x),
    wanted: [1, 8, 2 ** -126, 2 ** 127, 0.5],
  },
  {
    what: 'softplus',
    of: [vector(nan, inf, -inf, 0, 1000, -20)],
    run: (o, x) => o.softplus(x),
    wanted: [nan, inf, 0, Math.LN2, 1000, Math.exp(-20)],
  },
  { what: 'clamp', of: [SPECIAL], run: (o, x) => o.clamp(x, 1), wanted: [nan, 1, -1, -1, 0, 0.5] },
  { what: 'sigmoid', of: [SPECIAL], run: (o, x) => o.sigmoid(x), wanted: [nan, 1, 0, sigmoid(-2), 0.5, sigmoid(0.5)] },
  { what: 'tanh', of: [SPECIAL], run: (o, x) => o.tanh(x), wanted: [nan, 1, -1, Math.tanh(-2), 0, Math.tanh(0.5)] },
  { what: 'relu', of: [SPECIAL], run: (o, x) => o.relu(x), wanted: [nan, inf, 0, 0, 0, 0.5] },
  {
    what: 'sigmoidGrad',
    of: [vector(0.5, 1, 0.5, nan), vector(2, 3, inf, 1)],
    run: (o, y, dy) => o.sigmoidGrad(y, dy),
    wanted: [0.5, 0, inf, nan],
  },
  {
    what: 'tanhGrad',
    of: [vector(0.5, 1, 0, nan), vector(2, 3, -inf, 1)],
    run: (o, y, dy) => o.tanhGrad(y, dy),
    wanted: [1.5, 0, -inf, nan],
  },
  {
    what: 'reluGrad',
    of: [vector(0.5, 0, 2, 2, nan), vector(2, nan, inf, nan, 1)],
    run: (o, y, dy) => o.reluGrad(y, dy),
    wanted: [2, 0, inf, nan, nan],
  },
  { what: 'less', of: [SPECIAL, SCALAR(0.5)], run: (o, a, b) => o.less(a, b), wanted: [0, 0, 1, 1, 1, 0] },
  { what: 'isFinite', of: [SPECIAL], run: (o, x) => o.isFinite(x), wanted: [0, 0, 0, 1, 1, 1] },
  {
    what: 'select by element',
    of: [vector(1, 0, 0), vector(1, nan, 3), vector(nan, 5, inf)],
    run: (o, c, a, b) => o.select(c, a, b),
    wanted: [1, 5, inf],
  },
  {
    what: 'select by scalar',
    of: [SCALAR(0), vector(nan, nan), vector(4, 5)],
    run: (o, c, a, b) => o.select(c, a, b),
    wanted: [4, 5],
  },
  { what: 'sum', of: [matrix(2, 1, 2, 3, -inf)], run: (o, x) => o.sum(x), wanted: [-inf] },
  { what: 'sumRows', of: [matrix(3, 1, 2, 3, nan, 5, 6)], run: (o, x) => o.sumRows(x), wanted: [9, nan] },
  {
    what: 'quantile of the first 4',
    of: [vector(4, 1, 3, 2, -9), SCALAR(4)],
    run: (o, x, count) => o.quantile(x, count, 0.5),
    wanted: [2.5],
  },
  {
    what: 'quantile with Inf',
    of: [vector(inf, 1, 0), SCALAR(3)],
    run: (o, x, count) => o.quantile(x, count, 0.5),
    wanted: [1],
  },
  {
    what: 'quantile with NaN',
    of: [vector(1, nan), SCALAR(2)],
    run: (o, x, count) => o.quantile(x, count, 0),
    wanted: [nan],
  },
  {
    what: 'add of a row',
    of: [matrix(2, 1, 2, 3, 4), vector(10, 20)],
    run: (o, a, b) => o.add(a, b),
    wanted: [11, 22, 13, 24],
  },
  {
    what: 'mul by a column',
    of: [matrix(2, 1, 2, 3, 4), matrix(2, 10, 20)],
    run: (o, a, b) => o.mul(a, b),
    wanted: [10, 20, 60, 80],
  },
  {
    what: 'mul by a row matrix',
    of: [matrix(2, 1, 2, 3, 4), matrix(1, 10, 20)],
    run: (o, a, b) => o.mul(a, b),
    wanted: [10, 40, 30, 80],
  },
  {
    what: 'matMul',
    of: [matrix(2, 1, 2, 3, 4, 5, 6), matrix(3, 1, 2, 3, 4, 5, nan)],
    run: (o, a, b) => o.matMul(a, b),
    wanted: [22, nan, 49, nan],
  },
  {
    what: 'matMul of aᵀ',
    of: [matrix(3, 1, 4, 2, 5, 3, 6), matrix(3, 1, 2, 3, 4, 5, 6)],
    run: (o, a, b) => o.matMul(a, b, { transposeA: true }),
    wanted: [22, 28, 49, 64],
  },
  {
    what: 'matMul of bᵀ',
    of: [matrix(2, 1, 2, 3, 4, 5, 6), matrix(2, 1, 3, 5, 2, 4, 6)],
    run: (o, a, b) => o.matMul(a, b, { transposeB: true }),
    wanted: [22, 28, 49, 64],
  },
  {
    what: 'concat of rows',
    of: [matrix(1, 1, 2), matrix(2, 3, 4, 5, 6)],
    run: (o, a, b) => o.concat([a, b], 0),
    wanted: [1, 2, 3, 4, 5, 6],
  },
  {
    what: 'concat of columns',
    of: [matrix(2, 1, 2), matrix(2, 3, 4, 5, 6)],
    run: (o, a, b) => o.concat([a, b], 1),
    wanted: [1, 3, 4, 2, 5, 6],
  },
  {
    what: 'split of rows',
    of: [matrix(3, 1, 2, 3, 4, 5, 6)],
    run: (o, x) => o.split(x, [1, 2], 0)[1],
    wanted: [3, 4, 5, 6],
  },
  {
    what: 'split of columns',
    of: [matrix(2, 1, 2, 3, 4, 5, 6)],
    run: (o, x) => o.split(x, [1, 0, 2], 1)[2],
    wanted: [2, 3, 5, 6],
  },
  {
    what: 'gather',
    of: [matrix(3, 1, 2, 3, 4, 5, 6), vector(2, 0, 2)],
    run: (o, table, ids) => o.gather(table, ids),
    wanted: [5, 6, 1, 2, 5, 6],
  },
  {
    what: 'scatterAdd',
    of: [vector(2, 0, 2), matrix(3, 1, 2, 3, nan, 5, inf)],
    run: (o, ids, rows) => o.scatterAdd(ids, rows, 4),
    wanted: [3, nan, 0, 0, 6, inf, 0, 0],
  },
  {
    what: 'scatterAdd onto a table',
    of: [vector(2, 0, 2), matrix(3, 1, 2, 3, nan, 5, inf), matrix(4, 1, 10, nan, 2, 3, 4, 5, 6)],
    run: (o, ids, rows, table) => o.add(table, o.scatterAdd(ids, rows, 4)),
    wanted: [4, nan, nan, 2, 9, inf, 5, 6],
  },
  { what: 'norm of huge numbers', of: [vector(3e30, -4e30)], run: (o, x) => o.norm(x), wanted: [5e30] },
  { what: 'norm of nothing', of: [vector(0, 0)], run: (o, x) => o.norm(x), wanted: [0] },
  { what: 'norm with Inf', of: [vector(1, -inf)], run: (o, x) => o.norm(x), wanted: [inf] },
  { what: 'norm with NaN', of: [vector(inf, nan)], run: (o, x) => o.norm(x), wanted: [nan] },
  { what: 'rowNorms', of: [matrix(2, 3, 4, nan, 1)], run: (o, x) => o.rowNorms(x), wanted: [5, nan] },
  {
    what: 'rowMeans',
    of: [matrix(4, 3, 4, nan, 1, inf, 1, 3e38, 3e38)],
    run: (o, x) => o.rowMeans(x),
    wanted: [3.5, nan, inf, 3e38],
  },
  { what: 'columnNorms', of: [matrix(2, 3, inf, 4, 1)], run: (o, x) => o.columnNorms(x), wanted: [5, inf] },
  {
    what: 'log10Norm',
    of: [{ shape: [6, 1, 2], data: [3e30, 4e30, 3e-37, 4e-37, 0, 0, 1, -inf, nan, inf, 0, 1000] }],
    run: (o, x) => o.log10Norm(x),
    wanted: [Math.log10(5) + 30, Math.log10(5) - 37, -inf, inf, nan, 3],
  },
]

const OF_SUBNORMALS: Case = {
  what: 'log10Norm of subnormal numbers',
  of: [{ shape: [1, 2], data: [3e-40, 4e-40] }],
  run: (o, x) => o.log10Norm(x),
  wanted: [Math.log10(5) - 40],
}

/** Float32 has about 5 digits of a number near 1e-40, and its product of 1e30 with 1/eps is itself rounded. */
const TOLERANCE = 2e-6

function outcome<X extends object>({ ops, upload, download }: Interpreter<X>, { of, run }: Case): ArrayLike<number> {
  return ops.scope(() => download(run(ops, ...of.map(({ shape, data }) => upload(shape, data)))))
}

for (const subject of [...SUBJECTS, GPU_GRAPH]) {
  test(`${subject.name} operations keep Inf and NaN and the whole range of numbers`, needs(subject.name), async (t) => {
    const comparison = new Comparison(TOLERANCE)
    await subject.run((interpreter) => {
      for (const each of subject.subnormals ? [...CASES, OF_SUBNORMALS] : CASES) {
        comparison.close(each.what, outcome(interpreter, each), each.wanted)
        comparison.files += 1
      }
      assert.equal(interpreter.live(), 0)
    })
    t.diagnostic(`${CASES.length} operations: ${comparison.summary()}`)
  })

  test(
    `${subject.name} softmaxCrossEntropy() leaves out rows without a target and does not overflow`,
    needs(subject.name),
    async () => {
      await subject.run(({ ops, upload, download }) => {
        const logits = upload([3, 2], [1000, 0, 5, 5, 0, Math.log(3)])
        const result = ops.softmaxCrossEntropy(logits, upload([3], [1, -1, 1]))
        const comparison = new Comparison(TOLERANCE)
        comparison.close('loss', download(result.loss), [1000 + Math.log(4 / 3)])
        comparison.close('dLogits', download(result.dLogits), [1, -1, 0, 0, 0.25, -0.25])
        comparison.close('count', download(result.count), [2])
        comparison.close('correct', download(result.correct), [1])
      })
    },
  )

  test(
    `${subject.name} softmaxCrossEntropy() multiplies losses by what their classes weigh`,
    needs(subject.name),
    async () => {
      await subject.run(({ ops, upload, download }) => {
        const logits = upload([3, 2], [0, Math.log(3), 5, 5, 0, 0])
        const result = ops.softmaxCrossEntropy(logits, upload([3], [1, -1, 0]), upload([1, 2], [2, 0.5]))
        const comparison = new Comparison(TOLERANCE)
        comparison.close('loss', download(result.loss), [0.5 * Math.log(4 / 3) + 2 * Math.LN2])
        comparison.close('dLogits', download(result.dLogits), [0.125, -0.125, 0, 0, -1, 1])
        comparison.close('count', download(result.count), [2])
        comparison.close('correct', download(result.correct), [2])
      })
    },
  )

  test(
    `${subject.name} meanCrossEntropy() is softmaxCrossEntropy(), divided and added up`,
    needs(subject.name),
    async (t) => {
      await subject.run(({ ops, upload, download }) => {
        if (ops.meanCrossEntropy === undefined) return t.skip('it has no such operation')
        const [R, V] = [7, 150] // rows beside blocks of four, classes beside chains of 16
        const values = Array.from({ length: R * V }, (_, i) => 8 * Math.sin(i * i))
        const targets = upload([R], [0, 149, -1, 77, 3, 128, 64])
        const divisor = ops.constant(6)
        const mean = ops.meanCrossEntropy(upload([R, V], values), targets, divisor)
        const sum = ops.softmaxCrossEntropy(upload([R, V], values), targets)
        const dO = ops.div(sum.dLogits, divisor)
        const comparison = new Comparison(TOLERANCE)
        comparison.close('loss', download(mean.loss), download(sum.loss))
        comparison.close('dO', download(mean.dO), download(dO))
        comparison.close('dbo', download(mean.dbo), download(ops.sumRows(dO)))
        comparison.close('correct', download(mean.correct), download(sum.correct))
      })
    },
  )

  test(
    `${subject.name} sigmoidCrossEntropy() leaves out labels that are NaN and does not overflow`,
    needs(subject.name),
    async () => {
      await subject.run(({ ops, upload, download }) => {
        const result = ops.sigmoidCrossEntropy(upload([1, 4], [1000, -1000, 0, 3]), upload([1, 4], [0, 0, 1, nan]))
        const comparison = new Comparison(TOLERANCE)
        comparison.close('loss', download(result.loss), [1000 + Math.LN2])
        comparison.close('dLogits', download(result.dLogits), [1, 0, -0.5, 0])
        comparison.close('count', download(result.count), [3])
        comparison.close('correct', download(result.correct), [1])
      })
    },
  )
}
