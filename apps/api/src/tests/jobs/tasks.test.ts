import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  TaskChoice,
  TaskSamples,
  modelDecoding,
  pageSchema,
  parseJobSpec,
  readAsked,
  type Asked,
  type Fault,
  type JobSpec,
  type Page,
} from '@unroll/contract'
import { assertMatches, assertProblem, testApp } from '../../testing/app.ts'

test('GET /v1/tasks says of every task where it comes from, its chance and when it is solved', async (t) => {
  const { http } = await testApp(t)
  const { body } = await http.get('/v1/tasks')
  assertMatches(pageSchema(TaskChoice), body)
  const { data } = body as Page<TaskChoice>
  assert.equal(data.length, 12)
  for (const { name, source, solved, problem } of data) {
    assert.match(source, /\d{4}/, name)
    assert.equal(Object.keys(solved).length, 1, name)
    assert.ok(problem.chance.loss > 0 && problem.lag > 0 && problem.minimum_length <= 100, name)
  }
})

test('POST /v1/tasks/samples draws the sequences of any task, the same every time', async (t) => {
  const { http } = await testApp(t)
  const { data } = (await http.get('/v1/tasks')).body as Page<TaskChoice>
  for (const { name, problem } of data) {
    const body = { data: { task: name }, sequence_length: Math.max(20, problem.minimum_length), count: 2 }
    const { status, body: drawn } = await http.post('/v1/tasks/samples').send(body)
    assert.equal(status, 200, name)
    assertMatches(TaskSamples, drawn)
    const { samples, problem: posed } = drawn as TaskSamples
    assert.equal(samples.length, 2)
    const parsed = parseJobSpec({ model: { cell: 'rnn' }, data: body.data, sequence_length: body.sequence_length })
    assert.ok(parsed.ok)
    const { asked, faults } = readSamples(parsed.value, samples)
    assert.deepEqual([asked?.kind, faults], ['inputs', undefined], `a model of ${name} reads its samples`)
    for (const { inputs, targets } of samples) {
      assert.ok(inputs.length > 0 && inputs.length <= body.sequence_length, name)
      assert.equal(targets.length, posed.mode === 'many_to_one' ? 1 : inputs.length, name)
    }
    assert.deepEqual((await http.post('/v1/tasks/samples').send(body)).body, drawn)
  }
  const echo = { data: { task: 'delayed_echo', lag: 2 }, sequence_length: 4, count: 1 }
  const [sample] = ((await http.post('/v1/tasks/samples').send(echo)).body as TaskSamples).samples
  assert.deepEqual(sample?.targets, [null, null, ...sample!.inputs.slice(0, 2)])
})

/** What predictions of a model of a task make of samples as they are. */
function readSamples(spec: JobSpec, samples: TaskSamples['samples']): { asked?: Asked; faults?: Fault[] } {
  const request = {
    checkpoint: 'best',
    length: 1,
    temperature: 1,
    seed: 0,
    steps: false,
    saliency: false,
    gates: false,
  }
  return readAsked({ ...request, inputs: samples.map(({ inputs }) => inputs) }, modelDecoding(spec, undefined)!)
}

const REFUSED: [why: string, body: object, pointer: string][] = [
  ['too short for the task', { data: { task: 'timing' }, sequence_length: 40 }, '/sequence_length'],
  ['with its longest interval the shorter', { data: { task: 'timing', shortest: 9, longest: 4 } }, '/data/longest'],
  ['with a lag as long as they are', { data: { task: 'delayed_echo', lag: 100 } }, '/data/lag'],
  ['of a task that is unknown', { data: { task: 'tetris' } }, '/data/task'],
  ['too many', { data: { task: 'parity' }, count: 101 }, '/count'],
]
for (const [why, body, pointer] of REFUSED) {
  test(`POST /v1/tasks/samples refuses sequences ${why}`, async (t) => {
    const { http } = await testApp(t)
    const answer = await http.post('/v1/tasks/samples').send(body)
    const { errors = [] } = answer.body as { errors?: { pointer: string }[] }
    assertProblem(answer, 'INVALID_REQUEST')
    assert.deepEqual(
      errors.map((error) => error.pointer),
      [pointer],
    )
  })
}
