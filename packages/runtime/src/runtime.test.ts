import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import {
  createNetwork,
  parameterShapes,
  listLayerShapes,
  type Engine,
  type HostTensor,
  type Program,
} from '@unroll/bptt'
import { CELLS, parseJobSpec, type CellName } from '@unroll/contract'
import { loadBackend, selectEngine, tfjsInterpreter } from '@unroll/engines'
import { FACTS, toCanonical } from '@unroll/exports'
import { encodeSafetensors } from '@unroll/formats'
import { chromium } from 'playwright-core'
import { createInterpreter } from './interpreter.ts'
import { startKernels } from './kernels/kernels.ts'
import { loadModel } from './load.ts'
import type { Model } from './model.ts'

test('sigmoid and tanh are those of the engine "wasm", bit for bit, of numbers of every size and sign', async (t) => {
  const bits = 2 ** 32
  const count = 2 ** 20
  const x = new Float32Array(
    Uint32Array.from({ length: count }, (_, at) => Math.floor((at * bits) / count) + (at % 4_093)).buffer,
  )
  x.set([NaN, Infinity, -Infinity, 0, -0, 88, -88, 10, -10])
  const theirs = tfjsInterpreter(await loadBackend('wasm'))
  const ours = createInterpreter(await startKernels())
  for (const name of ['sigmoid', 'tanh'] as const) {
    const expected = theirs.download(theirs.ops[name](theirs.upload([count], x)))
    const found = ours.download(ours.ops[name](ours.upload([count], x)))
    const different = found.findIndex((value, at) => !Object.is(value, expected[at]))
    assert.equal(different, -1, `${name}(${x[different]}) is ${found[different]} instead of ${expected[different]}`)
    t.diagnostic(`${name}: ${count} numbers are the same`)
  }
})

/** A program of a network with two layers; the other fields are of training. */
function makeProgram(model: object, kind: 'vectors' | 'symbols', mode: Program['mode']): Program {
  const parsed = parseJobSpec({
    model: 'hidden_sizes' in model ? model : { hidden_size: 5, layers: 2, ...model },
    data: { task: kind === 'symbols' ? 'copy' : 'adding' },
  })
  assert.ok(parsed.ok, JSON.stringify(parsed))
  const spec = parsed.value
  return {
    model: spec.model,
    inputs: { kind, size: 3 },
    readout: { kind: 'softmax', size: 4 },
    mode,
    batchSize: 2,
    shards: 1,
    seed: 1,
    clipping: { policy: 'none', nonfinite: 'fail' },
    optimizer: { type: 'sgd', learning_rate: 1, weight_decay: 0, schedule: { type: 'constant', warmup_steps: 0 } },
  }
}

type Case = readonly [
  model: { readonly cell: CellName; readonly [field: string]: unknown },
  kind: 'vectors' | 'symbols',
  mode: Program['mode'],
]
const MODELS: readonly Case[] = [
  ...(Object.keys(CELLS) as CellName[]).map((cell): Case => [{ cell }, 'vectors', 'many_to_many']),
  [{ cell: 'rnn', activation: 'relu' }, 'symbols', 'many_to_one'],
  [{ cell: 'rnn', activation: 'sigmoid' }, 'vectors', 'many_to_one'],
  [{ cell: 'rnn', activation: 'identity', layers: 1 }, 'vectors', 'many_to_many'],
  [{ cell: 'gru', reset: 'after', initial_state: 'learned' }, 'symbols', 'many_to_many'],
  [{ cell: 'lstm', embedding_size: 6, initial_state: 'learned' }, 'symbols', 'many_to_many'],
  [{ cell: 'lstm_peephole', peephole: 'full', layers: 1, hidden_size: 33 }, 'vectors', 'many_to_one'],
  [{ cell: 'lstm', hidden_sizes: [6, 3, 5], initial_state: 'learned' }, 'vectors', 'many_to_many'],
  ...(Object.keys(CELLS) as CellName[])
    .filter((cell) => CELLS[cell].layerNorm === true)
    .map((cell): Case => [{ cell, layer_norm: true }, 'vectors', 'many_to_many']),
  [{ cell: 'lstm', projection_size: 3 }, 'vectors', 'many_to_many'],
  [{ cell: 'lstm_peephole', peephole: 'full', projection_size: 2, bidirectional: true }, 'symbols', 'many_to_one'],
  [{ cell: 'lstm', zoneout: { hidden: 0.2, cell: 0.5 } }, 'vectors', 'many_to_many'],
  [{ cell: 'gru', zoneout: { hidden: 0.2, cell: 0 }, bidirectional: true }, 'symbols', 'many_to_one'],
  [{ cell: 'gru', layers: 3, residual: true }, 'symbols', 'many_to_one'],
  ...(Object.keys(CELLS) as CellName[]).map((cell, index): Case => [
    { cell, hidden_sizes: [5, 3], bidirectional: true, initial_state: index % 2 === 0 ? 'learned' : 'zeros' },
    'vectors',
    index % 3 === 0 ? 'many_to_one' : 'many_to_many',
  ]),
  [{ cell: 'lstm', layers: 3, residual: true, bidirectional: true }, 'symbols', 'many_to_one'],
]

/** Numbers of about normal size that are functions of their place. */
function numbers(count: number, phase: number): Float32Array {
  return Float32Array.from({ length: count }, (_, at) => Math.sin(at * 12.9898 + phase) * 1.5)
}

function makeInputs({ inputs, batchSize: N }: Program, steps: number): Float32Array | Int32Array {
  if (inputs.kind === 'vectors') return numbers(steps * N * inputs.size, 3)
  return Int32Array.from({ length: steps * N }, (_, at) => (at * 7) % inputs.size)
}

/** All parameters, drawn; the rest of a state is zeros. */
async function drawn(engine: Engine, program: Program): Promise<Record<string, HostTensor>> {
  const session = await engine.open(program)
  const { tensors } = await session.state()
  session.dispose()
  const parameters = Object.keys(parameterShapes(createNetwork(program)))
  return Object.fromEntries(
    Object.entries(tensors).map(([name, { shape, data }]) => {
      const place = parameters.indexOf(name)
      return [name, { shape, data: place === -1 ? data : numbers(data.length, place) }]
    }),
  )
}

/** The file of a network, as an export writes it. */
function makeFile(program: Program, tensors: Record<string, HostTensor>): Uint8Array {
  const { model, inputs, readout, mode } = program
  const network = createNetwork(program)
  const described = JSON.stringify({ ...model, inputs, readout, mode })
  return encodeSafetensors(toCanonical(network, tensors), {
    [FACTS.format]: 'safetensors',
    [FACTS.model]: described,
  })
}

test('a model answers as on the engine "wasm", bit for bit, and goes on from a state that it gave', async (t) => {
  const { engine } = await selectEngine('wasm')
  let same = 0
  for (const [model, kind, mode] of MODELS) {
    const program = makeProgram(model, kind, mode)
    const { batchSize: rows } = program
    const tensors = await drawn(engine, program)
    const session = await engine.open(program, { tensors, updates: 0 })
    const loaded = await loadModel(makeFile(program, tensors))
    assert.equal(loaded.facts.cell, model.cell)
    let states = makeStart(program, tensors)
    let state: Record<string, Float32Array> | undefined
    for (const steps of [7, 1, 4]) {
      const inputs = makeInputs(program, steps)
      const lengths = Int32Array.from({ length: rows }, () => steps)
      const isWhole = program.model.bidirectional === true
      const start = isWhole ? makeStart(program, tensors) : states
      const expected = await session.predict({ steps, inputs, lengths, states: start })
      const found = loaded.run(inputs, { rows, state: isWhole ? undefined : state })
      assert.deepEqual(found.outputs, Float32Array.from(expected.outputs), `${JSON.stringify(model)}, ${steps} steps`)
      assert.ok(found.outputs.every(Number.isFinite))
      same += found.outputs.length
      states = Object.fromEntries(
        Object.entries(expected.states).map(([name, data]) => [name, Float32Array.from(data)]),
      )
      assert.deepEqual(found.state, states)
      state = found.state
    }
    session.dispose()
  }
  t.diagnostic(`${same} outputs of ${MODELS.length} models are the same`)
})

/** What every row starts from. */
function makeStart(program: Program, tensors: Record<string, HostTensor>): Record<string, Float32Array> {
  const network = createNetwork(program)
  const names = listLayerShapes(network).flatMap((shapes, layer) =>
    Object.entries(shapes).map(([name, shape]) => [layer, name, shape] as const),
  )
  return Object.fromEntries(
    names.map(([layer, name, [N = 0, H = 0]]) => {
      const learned = tensors[`${network.layers[layer]!.name}.${name}0`]?.data
      return [`${layer}.${name}`, Float32Array.from({ length: N * H }, (_, at) => learned?.[at % H] ?? 0)]
    }),
  )
}

test('run() and loadModel() refuse what does not fit, and say what was wanted', async () => {
  const { engine } = await selectEngine('wasm')
  const program = makeProgram({ cell: 'gru' }, 'symbols', 'many_to_many')
  const tensors = await drawn(engine, program)
  const model = await loadModel(makeFile(program, tensors))
  assert.throws(() => model.run([0, 3]), /symbols are integers from 0 to 2: number 1 is 3/)
  assert.throws(() => model.run([0, 1, 2], { rows: 2 }), /each step has 2 inputs: there are 3/)
  assert.throws(() => model.run([]), /each step has 1 inputs: there are 0/)
  assert.throws(() => model.run([1], { rows: 0 }), /rows must be an integer ≥ 1: current value is 0/)
  assert.throws(
    () => model.run([1], { state: { '0.h': new Float32Array(5) } }),
    /state "1.h" must have 5 numbers: it has none/,
  )
  const both = makeProgram({ cell: 'gru', bidirectional: true }, 'symbols', 'many_to_many')
  const whole = await loadModel(makeFile(both, await drawn(engine, both)))
  assert.throws(() => whole.run([1], { state: whole.run([1]).state }), /bidirectional network reads a sequence whole/)
  await assert.rejects(loadModel(new Uint8Array(3)), /Cannot read safetensors/)
  await assert.rejects(
    loadModel(encodeSafetensors({}, { [FACTS.format]: 'pytorch' })),
    /must be "safetensors": it is "pytorch"/,
  )
})

const BUNDLE = new URL('./bundle/runtime.js', import.meta.url)
const MOST_BYTES = 60_000

interface Runtime {
  loadModel: (file: Uint8Array) => Promise<Model>
}

test('the package is one file that imports nothing and is small', async (t) => {
  const text = await readFile(BUNDLE)
  const { length } = gzipSync(text)
  t.diagnostic(`${length} bytes compressed`)
  assert.ok(length <= MOST_BYTES, `${length} bytes`)
  assert.doesNotMatch(String(text), /\bimport\b|\brequire\(/)
})

test('the package answers in Node and in Chromium with the same bits', async (t) => {
  const { engine } = await selectEngine('wasm')
  const cases = await Promise.all(
    MODELS.map(async ([model, kind, mode]) => {
      const program = makeProgram(model, kind, mode)
      return { file: [...makeFile(program, await drawn(engine, program))], inputs: [...makeInputs(program, 6)] }
    }),
  )
  const answer = async ({ runtime, asked }: { runtime: Runtime; asked: typeof cases }): Promise<number[][]> => {
    const answers: number[][] = []
    for (const { file, inputs } of asked) {
      const model = await runtime.loadModel(Uint8Array.from(file))
      const { outputs, state } = model.run(inputs, { rows: 2 })
      answers.push([...outputs])
      if (!model.facts.bidirectional) answers.push([...model.run(inputs, { rows: 2, state }).outputs])
    }
    return answers
  }
  const url = `data:text/javascript;base64,${(await readFile(BUNDLE)).toString('base64')}`
  const executablePath = process.env['CHROMIUM_PATH'] ?? ''
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] })
  t.after(() => browser.close())
  const page = await browser.newPage()
  const runtime = await page.evaluateHandle<Runtime>(`import(${JSON.stringify(url)})`)
  const inBrowser = await page.evaluate(answer, { runtime, asked: cases })
  assert.deepEqual(inBrowser, await answer({ runtime: (await import(url)) as Runtime, asked: cases }))
  const values = inBrowser.flat()
  assert.ok(values.length > 0 && values.every(Number.isFinite))
  t.diagnostic(`${values.length} outputs of ${cases.length} models are the same in Chromium ${browser.version()}`)
})
