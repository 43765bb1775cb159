import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createNetwork, parameterShapes, stateShapes, type HostTensor, type Network } from '@unroll/bptt'
import {
  DECODING_TEXT,
  UPDATES_TEXT,
  UnrollError,
  encodeDecoding,
  explainUnexportable,
  parseJobSpec,
  taskProblem,
  textProblem,
  usesDataset,
  type JobSpec,
} from '@unroll/contract'
import { encodeHdf5, encodeSafetensors } from '@unroll/formats'
import { digestContents } from '../digest.ts'
import { encodeTexts } from '../keras.ts'
import { FACTS } from '../facts.ts'
import { toLayout } from '../layouts/layout.ts'
import { listLayouts } from './known_layouts.ts'
import { loadWeights, type LoadedWeights, type Wanting } from './load_weights.ts'

const LSTM = { cell: 'lstm', hidden_size: 3, layers: 2 }
const MODELS: readonly object[] = [
  LSTM,
  { cell: 'gru', hidden_size: 3, reset: 'after', initial_state: 'learned' },
  { cell: 'gru', hidden_size: 3, reset: 'before' },
  { cell: 'gru_simple', hidden_size: 3 },
  { cell: 'rnn', hidden_size: 3 },
  { cell: 'lstm', hidden_sizes: [4, 4], projection_size: 3, initial_state: 'learned' },
  { cell: 'lstm_peephole', hidden_size: 3, peephole: 'full' },
  { cell: 'indrnn', hidden_sizes: [4, 2] },
  { cell: 'gru', hidden_size: 3, layers: 2, reset: 'after', bidirectional: true },
]

function wanting(model: object, more: object = {}): Wanting & { network: Network } {
  const parsed = parseJobSpec({ model, data: { task: 'adding' }, optimizer: { type: 'adam' }, ...more })
  assert.ok(parsed.ok, JSON.stringify(parsed))
  const spec: JobSpec = parsed.value
  assert.ok(!usesDataset(spec.data))
  const problem = taskProblem(spec.data, spec.sequence_length)
  return {
    spec,
    problem,
    network: createNetwork({ ...problem, model: spec.model, batchSize: spec.training.batch_size }),
  }
}

/** Tensors whose every number is different. */
function numbered(shapes: Readonly<Record<string, readonly number[]>>): Record<string, HostTensor> {
  let next = 1
  const fill = (shape: readonly number[]) =>
    Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => next++)
  return Object.fromEntries(Object.entries(shapes).map(([name, shape]) => [name, { shape, data: fill(shape) }]))
}

function write(tensors: Readonly<Record<string, HostTensor>>, texts: Record<string, string> = {}): Uint8Array {
  return encodeSafetensors(tensors, texts)
}

/** The file that has the names of a layout. */
function writeIn(layout: string, tensors: Readonly<Record<string, HostTensor>>): Uint8Array {
  return layout === 'keras' ? encodeHdf5(tensors) : write(tensors)
}

/** The file of a network with numbered parameters, in a layout. */
function fileOf(
  { network, spec }: ReturnType<typeof wanting>,
  name: string,
): [packed: Record<string, HostTensor>, theirs: Record<string, HostTensor>] {
  const { layout } = listLayouts(network, spec.model).find((each) => each.name === name)!
  const packed = numbered(parameterShapes(network))
  return [packed, toLayout(layout, packed)]
}

for (const model of MODELS)
  for (const { name } of listLayouts(wanting(model).network, wanting(model).spec.model))
    test(`loadWeights() takes all of ${JSON.stringify(model)} from layout ${name}`, () => {
      const wanted = wanting(model)
      const [packed, theirs] = fileOf(wanted, name)
      const { tensors, initialisation, updates } = loadWeights(writeIn(name, theirs), wanted)
      assert.deepEqual(tensors, packed)
      assert.deepEqual([initialisation.layout, initialisation.left, initialisation.initial, updates], [name, [], [], 0])
      assert.deepEqual(initialisation.taken.map((each) => each.name).toSorted(), Object.keys(theirs).toSorted())
    })

test('every cell that PyTorch has is among them', () => {
  const named = MODELS.filter((model) => explainUnexportable('pytorch', wanting(model).spec.model) === undefined)
  assert.equal(named.length, 6)
})

/** What is wrong, by the texts of the faults. */
function refusals(file: Uint8Array, wanted: Wanting): readonly string[] {
  let found: readonly string[] = []
  assert.throws(
    () => loadWeights(file, wanted),
    (error) => {
      assert.ok(error instanceof UnrollError && error.code.startsWith('WEIGHTS_'), String(error))
      found = error.faults.map(({ detail }) => detail)
      return true
    },
  )
  return found
}

for (const layout of ['state', 'safetensors', 'pytorch', 'keras']) {
  test(`loadWeights() refuses a file of layout ${layout} by each name and shape that does not suit`, () => {
    const wanted = wanting(LSTM)
    const [, theirs] = fileOf(wanted, layout)
    const [first = '', second = ''] = Object.keys(theirs)
    const { [first]: dropped, ...others } = theirs
    const odd = {
      ...others,
      [second]: { shape: [2], data: Float32Array.of(1, 2) },
      foreign: { shape: [1], data: Float32Array.of(1) },
    }
    const found = refusals(writeIn(layout, odd), wanted)
    assert.ok(found.includes(`Must have tensor "${first}" [${dropped!.shape}]: it is missing`), found.join('\n'))
    assert.ok(
      found.includes(`Cannot take tensor "${second}" [2]: must be [${theirs[second]!.shape}] for the network`),
      found.join('\n'),
    )
    assert.ok(found.includes('Cannot take tensor "foreign" [1]: the network has no such tensor'))

    const { initialisation, tensors } = loadWeights(
      writeIn(layout, odd),
      wanting(LSTM, { init_from: { weights: `wts_${'0'.repeat(20)}`, strict: false } }),
    )
    const named = (list: readonly { name: string }[]) => list.map(({ name }) => name)
    assert.ok(named(initialisation.left).includes('foreign') && named(initialisation.left).includes(second))
    assert.ok(initialisation.initial.length > 0 && Object.keys(tensors).length > 0)
    assert.equal(
      Object.keys(tensors).length + initialisation.initial.length,
      Object.keys(parameterShapes(wanted.network)).length,
    )
  })

  test(`loadWeights() refuses the file of another cell in layout ${layout}, even where nothing need match`, () => {
    const lax = { init_from: { weights: `wts_${'0'.repeat(20)}`, strict: false } }
    const [, theirs] = fileOf(wanting({ cell: 'rnn', hidden_size: 5 }), layout)
    const own = Object.fromEntries(
      Object.entries(theirs).filter(([name]) => !name.startsWith('readout.b') && name !== 'layers/dense/vars/1'),
    )
    assert.ok(refusals(writeIn(layout, own), wanting(LSTM)).length > 3)
    assert.match(
      refusals(writeIn(layout, own), wanting(LSTM, lax))[0]!,
      /^Must have a tensor of the network at least: it has /,
    )
  })
}

test('loadWeights() refuses a file that was cut off, is of another kind, has other numbers than floats, or NaN', () => {
  const wanted = wanting(LSTM)
  const [, theirs] = fileOf(wanted, 'pytorch')
  const file = write(theirs)
  for (const length of [0, 7, 8, 20, 200, file.length - 1])
    assert.equal(refusals(file.subarray(0, length), wanted).length, 1, String(length))
  assert.match(refusals(Buffer.from('PK not a zip of Keras'), wanted)[0]!, /none of safetensors/)
  assert.match(refusals(write({ a: { shape: [1], data: Int32Array.of(1) } } as never), wanted)[0]!, /no tensor of F32/)
  const spoilt = structuredClone(theirs)
  spoilt['readout.bias']!.data[0] = Number.NaN
  assert.deepEqual(refusals(write(spoilt), wanted), ['Must have finite numbers alone in tensor "readout.bias"'])
})

test('loadWeights() refuses a file of ours in which one byte was changed', () => {
  const wanted = wanting(LSTM)
  const [, theirs] = fileOf(wanted, 'safetensors')
  const texts = { note: 'kept' }
  const file = write(theirs, { ...texts, [FACTS.digest]: digestContents(theirs, texts) })
  assert.equal(loadWeights(file, wanted).initialisation.left.length, 0)
  let changed = 0
  for (let at = file.length - 100; at < file.length; at += 7) {
    const other = file.slice()
    other[at]! ^= 1
    assert.match(refusals(other, wanted)[0]!, /not those of its digest/)
    changed += 1
  }
  assert.ok(changed > 10)
})

test('loadWeights() refuses a reset gate that gru_simple does not have', () => {
  const wanted = wanting({ cell: 'gru_simple', hidden_size: 3 })
  const [, theirs] = fileOf(wanted, 'pytorch')
  theirs['rnn.weight_hh_l0']!.data[0] = 1e-3
  assert.match(refusals(write(theirs), wanted).join(), /rnn.weight_hh_l0/)
})

/** A job on a text of three symbols, and its file in a layout. */
function onText(vocabulary: readonly string[], more: object = {}): ReturnType<typeof wanting> {
  const body = { model: { cell: 'lstm', hidden_size: 3 }, data: { dataset: `ds_${'0'.repeat(20)}` }, ...more }
  const parsed = parseJobSpec({ ...body, optimizer: { type: 'adam' } })
  assert.ok(parsed.ok, JSON.stringify(parsed))
  const { value: spec } = parsed
  const problem = textProblem({ characters: 100, vocabulary_size: 3 })
  const network = createNetwork({ ...problem, model: spec.model, batchSize: spec.training.batch_size })
  return { spec, problem, network, decoding: { kind: 'text', problem: 'next_symbol', vocabulary } }
}

const STRANGERS = ['a', 'x', 'c']
const LAX = { init_from: { weights: `wts_${'0'.repeat(20)}`, strict: false } }

for (const layout of ['state', 'safetensors', 'pytorch', 'keras'])
  for (const embedding_size of [null, 2])
    test(`loadWeights() refuses weights of other symbols by name in layout ${layout} with embedding ${embedding_size}, and leaves what reads and answers them where not strict`, () => {
      const model = { cell: 'lstm', hidden_size: 3, embedding_size }
      const own = onText(['a', 'b', 'c'], { model })
      const [packed, theirs] = fileOf(own, layout)
      const file = (vocabulary: readonly string[]) => {
        const texts = encodeDecoding({ kind: 'text', problem: 'next_symbol', vocabulary })
        return layout === 'keras' ? encodeHdf5({ ...theirs, ...encodeTexts(texts) }) : write(theirs, texts)
      }
      assert.deepEqual(loadWeights(file(['a', 'b', 'c']), own).tensors, packed)
      assert.deepEqual(
        loadWeights(file(STRANGERS), { ...own, decoding: undefined }).tensors,
        packed,
        'of a job that does not know its symbols',
      )
      assert.deepEqual(refusals(file(STRANGERS), own), [
        'Must have the inputs of the job: value 2 of "character" (one of several values) is "b" in the job and "x" in the source; 1 of 3 differ',
        'Must have the outputs of the job: value 2 of "character" (one of several values) is "b" in the job and "x" in the source; 1 of 3 differ',
      ])
      const lax = onText(['a', 'b', 'c'], { model, ...LAX })
      const { tensors, initialisation } = loadWeights(file(STRANGERS), lax)
      const reads = embedding_size === null ? 'layers.0.Wx' : 'embedding'
      const foreign = new Set([reads, 'readout.Wo', 'readout.bo'])
      assert.deepEqual(new Set(initialisation.initial.map(({ name }) => name)), foreign)
      assert.deepEqual(tensors, Object.fromEntries(Object.entries(packed).filter(([name]) => !foreign.has(name))))
      assert.ok(initialisation.left.length >= 2)
      for (const { name, reason } of initialisation.left)
        assert.match(reason, /^the (inputs|outputs) differ: value 2/, name)
    })

test('loadWeights() leaves the state of the optimizer of other symbols, and refuses a text that says no symbols', () => {
  const own = onText(['a', 'b', 'c'], { init_from: { ...LAX.init_from, optimizer: true } })
  const state = numbered(stateShapes(own.network, own.spec))
  const texts = {
    [UPDATES_TEXT]: '17',
    ...encodeDecoding({ kind: 'text', problem: 'next_symbol', vocabulary: STRANGERS }),
  }
  assert.match(refusals(write(state, texts), own).join(), /^Must be false as the inputs differ: value 2/)
  for (const told of ['{', '{"kind":"text"}', 'null'])
    assert.match(refusals(write(state, { [DECODING_TEXT]: told }), own).join(), /"unroll.data" does not say/)
})

const OPTIMIZER = { init_from: { weights: `wts_${'0'.repeat(20)}`, optimizer: true } }

test('loadWeights() takes the state of the optimizer, without states that were carried, from a state of ours alone', () => {
  const wanted = wanting(LSTM, { ...OPTIMIZER, optimizer: { type: 'adam', weight_average: 0.9 } })
  const state = numbered(stateShapes(wanted.network, wanted.spec))
  const { tensors, updates, initialisation } = loadWeights(write(state, { [UPDATES_TEXT]: '17' }), wanted)
  assert.deepEqual([updates, initialisation.optimizer, initialisation.left], [17, true, []])
  const kept = Object.entries(state).filter(([name]) => !name.startsWith('carried.'))
  assert.deepEqual(tensors, Object.fromEntries(kept))
  assert.deepEqual(
    Object.keys(tensors).filter((name) => name.startsWith('moments.')).length,
    2 * Object.keys(parameterShapes(wanted.network)).length,
  )

  assert.match(refusals(write(state), wanted)[0]!, /does not say how many updates/)
  const { 'moments.v.layers.1.Wh': _, ...fewer } = state
  assert.deepEqual(refusals(write(fewer, { [UPDATES_TEXT]: '17' }), wanted), [
    'Must have tensor "moments.v.layers.1.Wh" [3,12]: it is missing',
  ])
  const [, pytorch] = fileOf(wanted, 'pytorch')
  assert.deepEqual(refusals(write(pytorch), wanted), ['Must be false as layout "pytorch" has no state of an optimizer'])
})

test('loadWeights() takes the averages of a state as weights where the optimizer is left', () => {
  const wanted = wanting(LSTM)
  const averaged = wanting(LSTM, { optimizer: { type: 'sgd', weight_average: 0.9 } })
  const state = numbered(stateShapes(averaged.network, averaged.spec))
  const { tensors }: LoadedWeights = loadWeights(write(state), wanted)
  assert.deepEqual(tensors['readout.bo']!.data, state['average.readout.bo']!.data)
})
