import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Ops } from '@unroll/bptt'
import type { Node } from '../graph/graph.ts'
import { CODES } from './codes.ts'
import { PLACES } from './location.ts'
import { scanProgram, type ScanProgram } from './program.ts'
import { Trace } from './trace.ts'
import { toMatrix } from './value.ts'

const N = 2
const H = 3
const SLOT = 5 // numbers of a slot and of a handover
const INSTRUCTION = 5 + 4 * 4 // its head, then four views

interface View {
  readonly place: string
  readonly offset: number
  readonly strides: readonly number[]
}

interface Read {
  readonly code: string
  readonly views: Readonly<Record<'d' | 'a' | 'b' | 'c', View>>
}

type Body = (ops: Ops<Node>, step: Readonly<Record<'h' | 'x' | 'W', Node>>) => { h: Node; kept?: Record<string, Node> }

/** The program of a recurrence of h [N,H] that is given x [N,H] and multiplies by W [H,H]. */
function programOf(body: Body): ScanProgram {
  const trace = new Trace()
  const outside = (name: string, shape: readonly number[]): Node => ({ name, shape, dtype: 'float32' })
  const h = trace.node([N, H], { kind: 'carry', name: 'h', ...toMatrix([N, H]) })
  const x = trace.node([N, H], { kind: 'given', name: 'x', ...toMatrix([N, H]) })
  const made = body(trace.ops, { h, x, W: outside('W', [H, H]) })
  return scanProgram({
    values: trace.values,
    carry: { h: outside('h0', [N, H]) },
    given: { x: outside('xs', [5 * N, H]) },
    next: { h: trace.value(made.h) },
    kept: Object.fromEntries(Object.entries(made.kept ?? {}).map(([name, node]) => [name, trace.value(node)])),
  })
}

/** Instructions with the places that they read and write, and the handovers of carries. */
function read({ numbers }: ScanProgram): { instructions: readonly Read[]; handovers: readonly View[] } {
  const [slots, rest] = list(numbers, SLOT)
  const [instructions, tail] = list(rest, INSTRUCTION)
  const [handovers, end] = list(tail, SLOT)
  assert.equal(end.length, 0)
  const view = ([slot = -1, offset = 0, ...strides]: readonly number[]): View => ({
    place: slot < 0 ? 'nowhere' : PLACES[slots[slot]![0]!]!,
    offset,
    strides,
  })
  return {
    instructions: instructions.map((own) => ({
      code: CODES[own[0]!]!,
      views: {
        d: view(own.slice(5, 9)),
        a: view(own.slice(9, 13)),
        b: view(own.slice(13, 17)),
        c: view(own.slice(17, 21)),
      },
    })),
    handovers: handovers.map((own) => view(own.slice(1))),
  }
}

function list(numbers: readonly number[], width: number): [readonly (readonly number[])[], readonly number[]] {
  const [count = 0, ...rest] = numbers
  const items = Array.from({ length: count }, (_, i) => rest.slice(i * width, (i + 1) * width))
  return [items, rest.slice(count * width)]
}

const codes = (body: Body): readonly string[] => read(programOf(body)).instructions.map(({ code }) => code)

test('scanProgram() makes a product as part of the addition that alone uses it', () => {
  const { instructions } = read(programOf((ops, { h, x, W }) => ({ h: ops.add(x, ops.matMul(h, W)) })))
  assert.deepEqual(
    instructions.map(({ code }) => code),
    ['multiply'],
  )
  const { a, b, c } = instructions[0]!.views
  assert.deepEqual([a.place, b.place, c.place], ['carry', 'fixed', 'series'])
})

test('scanProgram() has a product go on in the place of the sum of another, which nothing else uses', () => {
  const body =
    (isKept: boolean): Body =>
    (ops, { h, x, W }) => {
      const first = ops.add(ops.matMul(x, W), x)
      return { h: ops.add(first, ops.matMul(h, W)), kept: isKept ? { first } : {} }
    }
  for (const isKept of [false, true]) {
    const { instructions } = read(programOf(body(isKept)))
    assert.deepEqual(
      instructions.map(({ code }) => code),
      ['multiply', 'multiply'],
    )
    const [first, second] = instructions.map(({ views }) => views)
    assert.deepEqual(second!.c, first!.d)
    assert.equal(second!.d.place === first!.d.place, !isKept)
  }
})

test('scanProgram() makes a product by itself where something else uses it too', () => {
  const body: Body = (ops, { h, x, W }) => {
    const product = ops.matMul(h, W)
    return { h: ops.mul(ops.add(x, product), product) }
  }
  assert.deepEqual(codes(body), ['multiply', 'add', 'mul'])
})

test('scanProgram() reads a transposed weight by its strides', () => {
  const { instructions } = read(programOf((ops, { h, W }) => ({ h: ops.matMul(h, W, { transposeB: true }) })))
  assert.deepEqual(instructions[0]!.views.b.strides, [1, H])
})

test('scanProgram() writes no instruction for what nobody uses', () => {
  assert.deepEqual(
    codes((ops, { h, x }) => {
      ops.tanh(x)
      return { h: ops.sigmoid(h) }
    }),
    ['sigmoid'],
  )
})

test('scanProgram() makes the parts of joined matrices where they belong, without a copy', () => {
  const { instructions } = read(
    programOf((ops, { h, x }) => {
      const both = ops.concat([ops.tanh(x), ops.sigmoid(h)], 1)
      return { h: ops.add(x, h), kept: { both } }
    }),
  )
  assert.deepEqual(instructions.map(({ code }) => code).toSorted(), ['add', 'sigmoid', 'tanh'])
  const parts = instructions.filter(({ code }) => code !== 'add').map(({ views }) => views.d)
  assert.deepEqual(
    parts.map(({ place }) => place),
    ['kept', 'kept'],
  )
  assert.deepEqual(
    parts.map(({ offset }) => offset).toSorted((a, b) => a - b),
    [0, H],
  )
  for (const { strides } of parts) assert.deepEqual(strides, [2 * H, 1])
})

test('scanProgram() copies what is joined but made elsewhere', () => {
  assert.deepEqual(codes((ops, { h, x }) => ({ h: ops.tanh(h), kept: { both: ops.concat([x, h], 1) } })).toSorted(), [
    'copy',
    'copy',
    'tanh',
  ])
})

test('scanProgram() writes rows one below the other, and reads some of them by their offset', () => {
  const { instructions } = read(
    programOf((ops, { h, x }) => {
      const [first, second] = ops.split(ops.concat([x, x], 0), [N, N], 0)
      return { h: ops.add(ops.tanh(second), ops.mul(first, h)) }
    }),
  )
  const of = (code: string) => instructions.filter((own) => own.code === code).map(({ views }) => views)
  assert.deepEqual(
    of('copy').map(({ d }) => d.offset),
    [0, N * H],
  )
  assert.deepEqual(
    [of('tanh')[0]!.a, of('mul')[0]!.a].map(({ offset, strides }) => ({ offset, strides })),
    [
      { offset: N * H, strides: [H, 1] },
      { offset: 0, strides: [H, 1] },
    ],
  )
})

test('scanProgram() makes what goes row by row first, then reductions of whole matrices, then products', () => {
  const body: Body = (ops, { h, x, W }) => {
    const product = ops.matMul(h, W)
    const norm = ops.norm(x)
    const squares = ops.square(x)
    return { h: ops.add(product, ops.mul(squares, norm)), kept: { squares } }
  }
  // The addition is the product's own; before it comes what it goes on from.
  assert.deepEqual(codes(body), ['square', 'norm', 'mul', 'multiply'])
})

test('scanProgram() keeps a reduction where it is made, whatever its shape', () => {
  const body: Body = (ops, { h, x }) => {
    const norm = ops.log10Norm(ops.reshape(x, [1, N * H]))
    return { h, kept: { norm: ops.reshape(norm, [1, 1]) } }
  }
  const { instructions } = read(programOf(body))
  assert.deepEqual(
    instructions.map(({ code, views }) => [code, views.d.place]),
    [['log10Norm', 'kept']],
  )
})

test('scanProgram() keeps a value that several names keep in one series', () => {
  const program = programOf((ops, { h }) => {
    const next = ops.tanh(h)
    return { h: next, kept: { first: next, second: next } }
  })
  assert.deepEqual(program.kept, { first: 0, second: 0 })
  assert.equal(program.outputs.length, 1)
})

test('scanProgram() hands nothing over where a carry stays as it is', () => {
  assert.deepEqual(read(programOf((_, { h }) => ({ h }))), { instructions: [], handovers: [] })
})

test('scanProgram() repeats a row by a stride of 0 and reads a number from the constants', () => {
  const program = programOf((ops, { h }) => ({ h: ops.add(h, ops.constant(0.25)) }))
  const [add] = read(program).instructions
  assert.deepEqual(add!.views.b.strides, [0, 0])
  assert.equal(add!.views.b.place, 'numbers')
  assert.equal(program.constants[add!.views.b.offset], 0.25)
})

const REFUSED: readonly { name: string; body: Body; message: RegExp }[] = [
  {
    name: 'multiplies by what changes from step to step',
    body: (ops, { h, x }) => ({ h: ops.matMul(h, ops.concat([x, x], 0)) }),
    message: /Cannot scan/,
  },
  {
    name: 'transposes the left operand of a product',
    body: (ops, { h, W }) => ({ h: ops.matMul(h, W, { transposeA: true }) }),
    message: /no operand on the left of a product may be transposed/,
  },
  {
    name: 'uses an operation that no step may',
    body: (ops, { h }) => ({ h: ops.sumRows(h) }),
    message: /Cannot scan a step that uses "sumRows"/,
  },
]

for (const { name, body, message } of REFUSED)
  test(`a step that ${name} is refused`, () => {
    assert.throws(() => programOf(body), { name: 'TypeError', message })
  })
