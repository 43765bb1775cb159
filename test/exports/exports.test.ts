// Exports in every format. They are in one file as they share the trained networks and what runs onnxruntime.

import assert from 'node:assert/strict'
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { before, describe, test, type TestContext } from 'node:test'
import { CELLS, CHECKPOINT_FORMAT_NAMES, explainUnexportable, listLayerNames, UnrollError } from '@unroll/contract'
import { selectEngine } from '@unroll/engines'
import {
  decodeTensor,
  digestContents,
  exportApart,
  FACTS,
  fromCanonical,
  readProof,
  verifyOnnx,
  verifyWeights,
  type NetworkFormat,
  type OnnxRuntime,
} from '@unroll/exports'
import { decodeSafetensors, encodeSafetensors, FormatError } from '@unroll/formats'
import { createNetwork } from '@unroll/bptt'
import { describeAnswering } from '@unroll/trainer'
import { openLines } from '../training/sequences.ts'
import { specOf } from '../training/run.ts'
import { findCase, NETWORK_CASES } from './networks.ts'
import { loadRuntime, RUNTIME } from './onnx_runtime.ts'
import { trainCheckpoint, type Checkpointed } from './trained.ts'

// `npm run test:exports` trains every network, writes it in every format, and names a folder of them.
const FOLDER = process.env['UNROLL_EXPORTS_FOLDER']

/** Refuses to run anything. */
const NO_RUNTIME: OnnxRuntime = {
  InferenceSession: { create: () => Promise.reject(new Error('runs')) },
  Tensor: class {
    readonly isNone = true
  },
}

describe('an exported network', () => {
  let lstm: Checkpointed
  before(async () => {
    const { engine } = await selectEngine('oracle')
    lstm = await trainCheckpoint(engine, findCase('lstm-2-every_step'))
  })
  const exported = async (format: NetworkFormat) => {
    const { state, ...opening } = lstm
    return await exportApart(state.slice(), opening, format)
  }

  test('is the same file each time', async () => {
    for (const format of ['onnx', 'safetensors', 'pytorch', 'keras'] as const)
      assert.deepEqual(await exported(format), await exported(format))
  })

  test('has the average of the weights where one is kept', async () => {
    const { state, ...opening } = lstm
    const { tensors, metadata } = decodeSafetensors(state)
    const { shape, data } = tensors['readout.bo']!
    const average = { shape, data: Float32Array.from(data as Float32Array, (value) => value + 1) }
    const averaged = encodeSafetensors({ ...tensors, 'average.readout.bo': average }, metadata)
    const file = decodeSafetensors(await exportApart(averaged, opening, 'safetensors'))
    assert.deepEqual(file.tensors['readout.bo']!.data, average.data)
  })

  test('as safetensors has every parameter of the state, by its canonical name', async () => {
    const { tensors, metadata } = decodeSafetensors(await exported('safetensors'))
    const { spec } = lstm
    const { tensors: state } = decodeSafetensors(lstm.state)
    const decoding = readDecoding(metadata)
    const network = createNetwork(describeAnswering({ spec, decoding }))
    const packed = fromCanonical(network, tensors as Parameters<typeof fromCanonical>[1])
    assert.ok(Object.keys(packed).length > 5)
    for (const [name, { shape, data }] of Object.entries(packed))
      assert.deepEqual(
        { shape, data },
        { shape: state[name]!.shape, data: Float32Array.from(state[name]!.data as Float64Array) },
        name,
      )
    assert.deepEqual(JSON.parse(metadata[FACTS.gates]!), ['u', 'f', 'o', 'c'])
    assert.deepEqual(JSON.parse(metadata[FACTS.spec]!), spec)
    assert.equal((JSON.parse(metadata[FACTS.origin]!) as { sha256: string }).sha256, lstm.origin.sha256)
  })

  test('carries a proof that begins with its initial state and goes on, with rows of unequal length', async () => {
    const { metadata } = decodeSafetensors(await exported('pytorch'))
    const { cases } = readProof(metadata)
    assert.deepEqual(
      cases.map(({ lengths }) => lengths),
      [
        [6, 3, 1],
        [1, 4, 6],
      ],
    )
    assert.deepEqual(cases[1]!.initial, cases[0]!.final)
    assert.ok(decodeTensor(cases[0]!.initial['c']!).every((value) => value === 0))
    assert.ok(new Set(decodeTensor(cases[0]!.outputs)).size > 10)
  })

  test('of ONNX that was changed in any byte, or is cut off, is refused with the reason', async () => {
    const file = await exported('onnx')
    const places = Array.from({ length: 512 }, (_, at) => at).concat(
      Array.from({ length: Math.floor(file.length / 37) }, (_, at) => at * 37),
    )
    const changes = places.map((at) => {
      const changed = file.slice()
      changed[at]! ^= 1
      return changed
    })
    assert.ok(changes.length > 700, String(changes.length))
    const refused: RegExp = /not those of its digest|no complete ONNX model/
    for (const bytes of [...changes, file.subarray(0, file.length - 10), file.subarray(0, 100), new Uint8Array()])
      await assert.rejects(
        verifyOnnx(bytes, NO_RUNTIME),
        (error) => error instanceof FormatError && (refused.test(error.message) || /another tool/.test(error.message)),
      )
    await assert.rejects(verifyOnnx(file, NO_RUNTIME), /runs/)
  })

  for (const format of ['safetensors', 'pytorch', 'keras'] as const)
    test(`as ${format} is proven again by what is in it, and refused when a byte of it was changed or it is cut off`, async () => {
      const file = await exported(format)
      const { largest, tolerance, compared } = verifyWeights(file)
      assert.ok(compared > 100 && largest <= tolerance, `${compared} numbers, ${largest}`)
      const digest = Buffer.from(file).indexOf(FACTS.digest)
      const places = [0, digest, digest + 5].flatMap((from) => Array.from({ length: 12 }, (_, at) => from + at))
      for (let at = 0; at < file.length; at += Math.floor(file.length / 300)) places.push(at)
      for (const at of places) {
        const changed = file.slice()
        changed[at]! ^= 1
        const isRefused = (error: unknown) => error instanceof UnrollError || error instanceof FormatError
        assert.throws(() => verifyWeights(changed), isRefused, String(at))
      }
      assert.ok(places.length > 300, String(places.length))
      assert.throws(() => verifyWeights(file.subarray(0, file.length - 1)), UnrollError)
    })

  test('whose parameters are not those of its proof is not verified, and a file without a proof is refused', async () => {
    const { tensors, metadata } = decodeSafetensors(await exported('pytorch'))
    const { [FACTS.digest]: _, ...undigested } = metadata
    const { shape, data } = tensors['readout.bias']!
    const moved = { shape, data: Float32Array.from(data as Float32Array, (value) => value + 0.5) }
    const all = { ...tensors, 'readout.bias': moved }
    const texts = { ...undigested, [FACTS.digest]: digestContents(all, undigested) }
    const { largest } = verifyWeights(encodeSafetensors(all, texts))
    assert.ok(Math.abs(largest - 0.5) < 1e-5, String(largest))
    assert.throws(() => verifyWeights(encodeSafetensors(tensors)), /no text "unroll.proof"/)
  })

  test('of a checkpoint that is damaged, or lacks a tensor, is refused', async () => {
    const { state, ...opening } = lstm
    await assert.rejects(exportApart(state.slice(0, 200), opening, 'onnx'), isDamaged)
    const wider = {
      ...opening,
      spec: specOf({ ...findCase('lstm-2-every_step'), model: { cell: 'lstm', hidden_size: 6 } }),
    }
    await assert.rejects(
      exportApart(state.slice(), wider, 'onnx'),
      /tensor "layers.0.Wx" must be \[5,24\]: it is \[4,20\]/,
    )
  })
})

test('an exported network has the averages of its weights, where the job keeps them', async () => {
  const { engine } = await selectEngine('oracle')
  const body = { ...findCase('rnn-tanh-1-once'), optimizer: { type: 'sgd', learning_rate: 0.1, weight_average: 0.9 } }
  const { state, ...opening } = await trainCheckpoint(engine, body)
  const { tensors: saved } = decodeSafetensors(state)
  const { tensors } = decodeSafetensors(await exportApart(state, opening, 'pytorch'))
  const average = Float32Array.from(saved['average.readout.bo']!.data as Float64Array)
  assert.notDeepEqual(average, Float32Array.from(saved['readout.bo']!.data as Float64Array))
  assert.deepEqual(tensors['readout.bias']!.data, average)
})

function isDamaged(error: unknown): boolean {
  return error instanceof UnrollError && error.code === 'CHECKPOINT_DAMAGED'
}

function readDecoding(metadata: Readonly<Record<string, string>>) {
  return JSON.parse(metadata['unroll.data'] ?? 'null') as Parameters<typeof describeAnswering>[0]['decoding']
}

test('a format that cannot say what a network computes is refused with a reason and the formats that can', async () => {
  const { engine } = await selectEngine('oracle')
  const { state, ...opening } = await trainCheckpoint(engine, findCase('gru-before-1-once'))
  await assert.rejects(
    exportApart(state, opening, 'pytorch'),
    /"gru" as "pytorch": nn.GRU has its reset gate after .*"onnx"/,
  )
  const refusals = NETWORK_CASES.flatMap(({ body }) =>
    CHECKPOINT_FORMAT_NAMES.flatMap((format) => explainUnexportable(format, specOf(body).model) ?? []),
  )
  assert.ok(refusals.length > 10)
  for (const why of refusals) assert.match(why, /: .*"(onnx|safetensors)".* can$/)
})

const REFUSED_STACKS = [
  [
    'onnx',
    'lstm-unequal_sizes-once',
    /"lstm" as "onnx": the states .* one tensor .* have 5, 3 units: "keras" and "safetensors" can/,
  ],
  [
    'pytorch',
    'lstm-unequal_sizes-once',
    /"lstm" as "pytorch": the states .* have 5, 3 units: "keras" and "safetensors" can/,
  ],
  ['pytorch', 'lstm-2-layer_norm-once', /"pytorch": .* has no layer normalisation: "onnx" and "safetensors" can/],
  [
    'keras',
    'lstm-1-one_hot',
    /"keras": layers of Keras start from zeros, and this network from a state that was learned/,
  ],
  ['keras', 'lstm-2-layer_norm-once', /"keras": .* have no layer normalisation: "onnx" and "safetensors" can/],
  ['keras', 'lstm-projection-once', /"keras": LSTM of Keras has no projection.*: "pytorch" and "safetensors" can/],
  ['onnx', 'lstm-projection-once', /"onnx": LSTM of ONNX has no projection.*: "pytorch" and "safetensors" can/],
  ['pytorch', 'lstm-zoneout-once', /"pytorch": .* have no zoneout.*: "onnx" and "safetensors" can/],
  ['keras', 'lstm-zoneout-once', /"keras": .* have no zoneout.*: "onnx" and "safetensors" can/],
  ['pytorch', 'lstm-residual-once', /"pytorch": a module of PyTorch has no residual .*: "onnx" and "safetensors" can/],
] as const

for (const [format, name, reason] of REFUSED_STACKS)
  test(`${name} is refused as ${format}`, async () => {
    const opening = { spec: specOf(findCase(name)), origin: { job: '', checkpoint: '', step: 0, sha256: '' } }
    await assert.rejects(
      exportApart(new Uint8Array(), opening, format),
      (error) => error instanceof UnrollError && error.code === 'FORMAT_UNSUITABLE' && reason.test(error.message),
    )
  })

test('a network of layers that differ in size is exported as safetensors, with the states of each by itself', async () => {
  const { engine } = await selectEngine('oracle')
  const { state, ...opening } = await trainCheckpoint(engine, findCase('lstm-unequal_sizes-one_hot'))
  const { tensors, metadata } = decodeSafetensors(await exportApart(state, opening, 'safetensors'))
  const model = JSON.parse(metadata[FACTS.model]!) as Record<string, unknown>
  assert.deepEqual([model['hidden_sizes'], model['hidden_size'], model['layers']], [[5, 3], undefined, undefined])
  assert.deepEqual(
    ['layers.0.Wf', 'layers.1.Wf', 'readout.Wo'].map((name) => tensors[name]!.shape[1]),
    [8 + 5, 5 + 3, 3],
  )
  const { cases } = readProof(metadata)
  const learned = JSON.parse(metadata[FACTS.initialState]!) as (typeof cases)[0]['initial']
  const shapes = (of: typeof learned) => Object.entries(of).map(([name, { shape }]) => [name, ...shape].join(' '))
  assert.deepEqual(shapes(learned), ['0.h 1 5', '0.c 1 5', '1.h 1 3', '1.c 1 3'])
  assert.deepEqual(shapes(cases[1]!.initial), ['0.h 3 5', '0.c 3 5', '1.h 3 3', '1.c 3 3'])
  assert.deepEqual(cases[1]!.initial, cases[0]!.final)
  for (const [name, tensor] of Object.entries(learned)) {
    const { length } = decodeTensor(tensor)
    assert.deepEqual(decodeTensor(cases[0]!.initial[name]!).subarray(0, length), decodeTensor(tensor))
  }
})

for (const [name, what, found] of [
  ['bidirectional-lstm-2-once', 'operators of two directions', /direction.{2,4}bidirectional/gs],
  ['bidirectional-indrnn-2-every_step', 'scans from the last step', /scan_input_directions/g],
] as const)
  test(`${name} is exported as ${what}, one of each layer`, async (t) => {
    const { engine } = await selectEngine('oracle')
    const { state, ...opening } = await trainCheckpoint(engine, findCase(name))
    const file = await exportApart(state, opening, 'onnx')
    assert.equal([...Buffer.from(file).toString('latin1').matchAll(found)].length, 2)
    await verify(t, file)
  })

for (const format of ['pytorch', 'keras'] as const)
  test(`a network of two directions is exported as ${format}, and proven by what is in the file`, async (t) => {
    const { engine } = await selectEngine('oracle')
    const { state, ...opening } = await trainCheckpoint(engine, findCase('bidirectional-gru-after-2-once'))
    const { largest, tolerance, compared } = verifyWeights(await exportApart(state, opening, format))
    t.diagnostic(`${compared} numbers, largest difference ${largest}`)
    assert.ok(compared > 100 && largest <= tolerance, `${compared} numbers, ${largest}`)
  })

for (const name of ['lstm-residual-once', 'indrnn-residual-every_step', 'lru-tanh-2-every_step'])
  test(`${name} is exported as ONNX`, async (t) => {
    const { engine } = await selectEngine('oracle')
    const { state, ...opening } = await trainCheckpoint(engine, findCase(name))
    await verify(t, await exportApart(state, opening, 'onnx'))
  })

/** Columns of every kind: normalised numbers, classes, and values that are missing. */
const LINES = Array.from({ length: 12 }, (_, i) => ({
  speed: Array.from({ length: 4 + (i % 3) }, (__, t) => (t === 2 && i % 2 === 0 ? null : 1000 + 37 * i + 5 * t * t)),
  place: Array.from({ length: 4 + (i % 3) }, (__, t) => ['a', 'b', 'c'][(i + t) % 3]),
  goal: i % 5,
}))

for (const missing of ['mask', 'impute'])
  test(`a network of sequences whose missing values have policy ${missing} is exported with its normalisation`, async (t) => {
    const body = {
      model: { cell: 'gru', hidden_size: 4 },
      data: {
        dataset: 'ds_0123456789abcdefghij',
        inputs: ['speed', 'place'],
        target: 'goal',
        problem: 'regression',
        missing,
      },
      sequence_length: 6,
      training: { batch_size: 4, max_steps: 3, evaluate_every: 0 },
    }
    const { engine } = await selectEngine('oracle')
    const { state, ...opening } = await trainCheckpoint(engine, body, await openLines(specOf(body), LINES))
    const file = await exportApart(state, opening, 'onnx')
    assert.match(Buffer.from(file).toString('latin1'), /IsNaN/)
    await verify(t, file)
  })

/** Runs the proof of a file of ONNX where there is an onnxruntime. */
async function verify(t: TestContext, file: Uint8Array): Promise<void> {
  const runtime = await loadRuntime()
  if (runtime === undefined) {
    t.diagnostic('not run: UNROLL_ONNXRUNTIME_FOLDER names no onnxruntime-node')
    return
  }
  const { largest, tolerance, compared } = await verifyOnnx(file, runtime)
  t.diagnostic(`${compared} numbers, largest difference ${largest}`)
  assert.ok(largest <= tolerance, String(largest))
}

test('an exported network answers NaN once it has read NaN', { skip: RUNTIME === undefined }, async () => {
  const { engine } = await selectEngine('oracle')
  const { InferenceSession, Tensor } = await loadRuntime()!
  const chosen = ['lstm-2-once', 'gru-before-1-once', 'rnn-relu-1-once', 'slstm-1-once']
  for (const name of [...chosen, 'bidirectional-lstm-2-once', 'bidirectional-slstm-1-once']) {
    const { state, ...opening } = await trainCheckpoint(engine, findCase(name))
    const session = await InferenceSession.create(await exportApart(state, opening, 'onnx'))
    const { cell } = opening.spec.model
    const { length: layers } = listLayerNames(opening.spec.model)
    const data = Float32Array.of(0.5, 1, Number.NaN, 0, 0.25, 0, 0.5, 1, 0.5, 0, 0.25, Number.NaN) // [2,3,2]
    const states = CELLS[cell].states.map((one) => {
      return [`initial_${one}`, new Tensor('float32', new Float32Array(layers * 5), [layers, 1, 5])] as const
    })
    const made = await session.run({
      inputs: new Tensor('float32', data, [2, 3, 2]),
      lengths: new Tensor('int32', Int32Array.of(3, 2), [2]), // the NaN of the second row is behind its end
      ...Object.fromEntries(states),
    })
    const [spoilt = 0, sound = 0] = made['outputs']!.data as Float32Array
    assert.ok(Number.isNaN(spoilt) && Number.isFinite(sound), `${name}: ${spoilt}, ${sound}`)
    const { data: final } = made['final_h'] as { data: Float32Array }
    assert.deepEqual([final.filter(Number.isNaN).length, final.length], [5 * layers, 10 * layers], name)
    await session.release()
  }
})

test(
  'onnxruntime computes what every exported network was proven to compute',
  { skip: FOLDER === undefined },
  async (t) => {
    const folder = join(FOLDER!, 'onnx')
    assert.ok(existsSync(folder))
    const runtime = await loadRuntime()!
    let [numbers, files, worst] = [0, 0, 0]
    for (const name of readdirSync(folder)) {
      const { largest, tolerance, compared } = await verifyOnnx(readFileSync(join(folder, name)), runtime)
      assert.ok(largest <= tolerance, `${name}: ${largest}`)
      numbers += compared
      files += 1
      worst = Math.max(worst, largest)
    }
    t.diagnostic(`${files} files, ${numbers} numbers, largest difference ${worst}`)
    const written = NETWORK_CASES.filter(({ body }) => explainUnexportable('onnx', specOf(body).model) === undefined)
    assert.equal(files, written.length)
  },
)
