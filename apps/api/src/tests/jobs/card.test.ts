import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SPECIALS, cssColour, type MetricRow } from '@unroll/contract'
import { assertProblem, testApp } from '../../testing/app.ts'
import { run } from '../../testing/run.ts'
import { saved, withCheckpoint } from '../../testing/runs.ts'

const T = 4
const NAME = 'a | b ![x](https://elsewhere.example/x.png) <b>'

/** A row of a run of two layers whose gradient falls by two decades a time step, and of one whose flow is `told`. */
function row(step: number, told?: number): MetricRow {
  const h = Float32Array.from({ length: T }, (_, t) => told ?? 2 * (t - T) + step / 100)
  return {
    step,
    series: { loss: 1 / step, grad_norm: step === 3 ? Infinity : step },
    flow: [
      { h, c: h },
      { h, c: h },
    ],
  }
}

/** The picture inside a card. */
function readPicture(card: string): string {
  const [, base64 = ''] = /data:image\/svg\+xml;base64,([\w+/=]+)\)/.exec(card) ?? []
  return Buffer.from(base64, 'base64').toString()
}

test('GET …/card is a Markdown document with specification, data, metrics, gradient, files and a picture of the flow', async (t) => {
  const service = await testApp(t)
  const { http } = service
  const { id, epoch, append, end } = await run(service, { name: NAME, observe: { flow_every: 1 } })
  await append([row(1), row(2), row(3, Number.NaN), row(4, -Infinity), row(5, Infinity)])
  const { id: checkpoint, sha256 } = await saved(service, { job: id, epoch, step: 5 })
  await append([row(6, -5)])
  await end()
  const answered = await http.get(`/v1/jobs/${id}/checkpoints/${checkpoint}/card`).expect(200)
  assert.equal(answered.headers['content-type'], 'text/markdown; charset=utf-8')
  assert.match(answered.headers['content-disposition'] as string, /filename="job_\w+-step-5\.md"/)
  const { text: card } = answered
  assert.deepEqual(
    Array.from(card.matchAll(/^## (.*)$/gm), ([, title]) => title),
    ['Data', 'Metrics', 'Gradient', 'Specification', 'Files'],
  )
  assert.equal([...card.matchAll(/!\[/g)].length, 2, 'one picture, and one that is escaped')
  assert.ok(card.startsWith('# a \\| b \\!\\[x\\]\\(https://elsewhere.example/x.png\\) \\<b\\>\n'), card.slice(0, 100))
  const { spec } = (await http.get(`/v1/jobs/${id}`).expect(200)).body as { spec: object }
  const [, told = ''] = /## Specification\n\n```json\n([^]*?)\n```/.exec(card) ?? []
  assert.deepEqual(JSON.parse(told), spec)
  for (const said of [
    sha256,
    'built-in task `adding`',
    '| `loss` | 0.5 |',
    'largest 6 at step 6; 1 times Inf or NaN',
    '| layers\\.1 | 5 | Infinity | Infinity |'.replaceAll('\\', ''),
    `content?format=onnx`,
    'The diagnosis found nothing wrong',
  ])
    assert.ok(card.includes(said), `${said} in\n${card.slice(0, 6_000)}`)

  const { body, headers } = await http
    .get(`/v1/jobs/${id}/checkpoints/${checkpoint}/card`)
    .set('accept', 'image/svg+xml')
    .expect(200)
  const picture = String(body as Buffer)
  assert.equal(headers['content-type'], 'image/svg+xml; charset=utf-8')
  assert.equal(picture, readPicture(card))
  assert.deepEqual(
    Array.from(picture.matchAll(/>(layers\.\d)</g), ([, name]) => name),
    ['layers.0', 'layers.1'],
  )
  for (const { kind, colour } of SPECIALS)
    assert.equal(picture.split(`<path fill="${cssColour(colour)}"`).length - 1, 2, `${kind} once in each layer`)
  assert.match(picture, />t = 4<[^]*>training step 1<[^]*>5</)
  const nothing = await http.get(`/v1/jobs/${id}/checkpoints/${checkpoint}/card`).set('accept', 'image/png')
  assertProblem(nothing, 'NOT_ACCEPTABLE')
})

test('GET …/card says what a text was, that it is deleted, and that no flow was recorded', async (t) => {
  const service = await testApp(t)
  const { http, store } = service
  const { job, checkpoint } = await withCheckpoint(service)
  const { spec } = await store.jobs.get(job)
  const { dataset } = spec.data as { dataset: string }
  const read = async () => (await http.get(`/v1/jobs/${job}/checkpoints/${checkpoint}/card`).expect(200)).text
  const card = await read()
  assert.ok(card.includes('a text of 99 characters, 5 different characters'), card)
  assert.ok(card.includes('of a vocabulary of 5: "a", "b", "c", "d", "r"'), card)
  assert.match(readPicture(card), /No flow was recorded/)
  const { epoch } = await store.metrics.head(job)
  await store.jobs.move(job, epoch, 'succeeded', { result: {} })
  await http.delete(`/v1/datasets/${dataset}`).expect(204)
  assert.match(await read(), /has been deleted since/)
  assertProblem(await http.get(`/v1/jobs/${job}/checkpoints/ckpt_${'0'.repeat(20)}/card`), 'CHECKPOINT_NOT_FOUND')
})
