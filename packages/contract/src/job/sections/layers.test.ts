import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseJobSpec } from '../parse.ts'
import { listLayerNames, listLayers } from './layers.ts'

const SMALLEST = { model: { cell: 'lstm' }, data: { task: 'adding' } }

const BAD: [name: string, body: unknown, pointer: string, wanted: RegExp][] = [
  [
    'sizes of layers beside a size and a number of them',
    { ...SMALLEST, model: { cell: 'lstm', hidden_sizes: [8, 4], hidden_size: 8, layers: 3 } },
    '/model/hidden_sizes',
    /left out beside hidden_size 8 and layers 3.*current value is \[8, 4\]/,
  ],
  [
    'a layer of no size',
    { ...SMALLEST, model: { cell: 'lstm', hidden_sizes: [8, 0] } },
    '/model/hidden_sizes/1',
    /≥ 1.*current value is 0/,
  ],
  [
    'more memory than allowed, by the size of each layer',
    { ...SMALLEST, model: { cell: 'lstm', hidden_sizes: [8192, 8191] }, sequence_length: 10_000 },
    '/resources/max_memory_bytes',
    /at least the \d+ bytes that hidden_sizes \[8192, 8191\]/,
  ],
  [
    'residual connections of layers that differ in size',
    { ...SMALLEST, model: { cell: 'lstm', hidden_sizes: [8, 4], residual: true } },
    '/model/hidden_sizes',
    /one size with residual.*current value is \[8, 4\]/,
  ],
  [
    'residual connections in one layer',
    { ...SMALLEST, model: { cell: 'lstm', residual: true } },
    '/model/residual',
    /false with one layer/,
  ],
  [
    'two directions of a task that asks what may follow',
    { model: { cell: 'gru', bidirectional: true }, data: { task: 'reber' } },
    '/model/bidirectional',
    /false for task "reber", as the backward direction reads the later steps.*current value is true/,
  ],
  [
    'two directions with truncated backpropagation',
    { ...SMALLEST, model: { cell: 'gru', bidirectional: true }, bptt: { mode: 'truncated', k1: 10 } },
    '/bptt/mode',
    /"full" with bidirectional, as the backward direction begins at the end.*current value is "truncated"/,
  ],
  [
    'two directions in segments',
    { ...SMALLEST, model: { cell: 'gru', bidirectional: true }, bptt: { mode: 'full', recompute: 10 } },
    '/bptt/recompute',
    /"auto" or "never" with bidirectional.*current value is 10/,
  ],
  [
    'residual connections of layers with two directions that differ in size',
    { ...SMALLEST, model: { cell: 'lstm', hidden_sizes: [8, 4], residual: true, bidirectional: true } },
    '/model/hidden_sizes',
    /one size with residual.*current value is \[8, 4\]/,
  ],
  [
    'a direction that is not said by true or false',
    { ...SMALLEST, model: { cell: 'lstm', bidirectional: 'both' } },
    '/model/bidirectional',
    /true or false|boolean/,
  ],
  [
    'dropout in one layer of a given size',
    { ...SMALLEST, model: { cell: 'lstm', hidden_sizes: [8], dropout: 0.5 } },
    '/model/dropout',
    /0 with one layer/,
  ],
]
for (const [name, body, pointer, wanted] of BAD) {
  test(`parseJobSpec() names the field and the wanted value of ${name}`, () => {
    const parsed = parseJobSpec(body)
    const fault = parsed.ok ? undefined : parsed.faults.find((each) => each.pointer === pointer)
    assert.match(fault?.detail ?? 'no such fault', wanted)
  })
}

const LAYERS: [model: object, sizes: [inputSize: number, hiddenSize: number][]][] = [
  [{ cell: 'lstm', hidden_size: 5 }, [[2, 5]]],
  [
    { cell: 'gru', hidden_size: 5, layers: 2, residual: true },
    [
      [2, 5],
      [5, 5],
    ],
  ],
  [
    { cell: 'rnn', hidden_sizes: [7, 3] },
    [
      [2, 7],
      [7, 3],
    ],
  ],
  [
    { cell: 'rnn', hidden_sizes: [7, 3], bidirectional: true },
    [
      [2, 7],
      [2, 7],
      [14, 3],
      [14, 3],
    ],
  ],
]
for (const [model, sizes] of LAYERS) {
  test(`listLayers() has what each layer of ${JSON.stringify(model)} reads and its units`, () => {
    const parsed = parseJobSpec({ ...SMALLEST, model })
    assert.ok(parsed.ok, JSON.stringify(parsed))
    const found = listLayers(parsed.value.model, 2)
    assert.deepEqual(
      found.map(({ inputSize, hiddenSize }) => [inputSize, hiddenSize]),
      sizes,
    )
    const { hidden_sizes: _, residual: __, bidirectional: ___, ...older } = parsed.value.model
    if (!('hidden_sizes' in model)) assert.deepEqual(listLayers(older as typeof parsed.value.model, 2), found)
  })
}

test('listLayerNames() has a name for each direction, and that of the layer where there is one', () => {
  const namesOf = (model: object) => {
    const parsed = parseJobSpec({ ...SMALLEST, model })
    assert.ok(parsed.ok, JSON.stringify(parsed))
    return listLayerNames(parsed.value.model)
  }
  assert.deepEqual(namesOf({ cell: 'gru', layers: 2 }), ['layers.0', 'layers.1'])
  assert.deepEqual(namesOf({ cell: 'gru', layers: 2, bidirectional: true }), [
    'layers.0.forward',
    'layers.0.backward',
    'layers.1.forward',
    'layers.1.backward',
  ])
})
