import assert from 'node:assert/strict'
import { test } from 'node:test'
import { LINE_BYTES, parts } from './message.ts'

const MOST = LINE_BYTES - 'data: '.length

const PAGES: [what: string, cells: number, rows: string[], messages: number][] = [
  ['none', 20, [], 1],
  ['few', 20, rowsOf(10, () => 300), 1],
  ['500 as long as expected', 20, rowsOf(500, () => 400), 8],
  ['500 shorter than expected', 20, rowsOf(500, () => 100), 3],
  ['500 longer than expected', 20, rowsOf(500, () => 1_200), 21],
  ['500 that get longer', 20, rowsOf(500, (at) => 10 + 2 * at), 22],
  ['some longer than a message', 20, rowsOf(9, (at) => (at % 3 === 1 ? 2 * MOST : 40)), 9],
]
for (const [what, cells, rows, most] of PAGES) {
  test(`parts() divides rows, ${what}, into ${most} messages at most, none of them too long unless it is a row`, () => {
    const write = (from: number, to: number) => JSON.stringify(rows.slice(from, to))
    const messages = [...parts(rows.length, cells, write)]
    assert.deepEqual(
      messages.flatMap(({ json }) => JSON.parse(json) as string[]),
      rows,
    )
    assert.equal(messages.at(-1)?.to, rows.length)
    for (const { json } of messages) assert.ok(json.length <= MOST || JSON.parse(json).length === 1, `${json.length}`)
    assert.ok(messages.length <= most, `${messages.length}`)
  })
}

test('parts() writes each row of a long page once, but for few', () => {
  let written = 0
  const write = (from: number, to: number) => {
    written += to - from
    return 'x'.repeat((to - from) * (450 + (from % 3)))
  }
  const messages = [...parts(1_000, 20, write)]
  assert.equal(messages.at(-1)?.to, 1_000)
  assert.ok(written <= 1_100, `${written}`)
})

function rowsOf(count: number, length: (at: number) => number): string[] {
  return Array.from({ length: count }, (_, at) => 'x'.repeat(length(at)))
}
