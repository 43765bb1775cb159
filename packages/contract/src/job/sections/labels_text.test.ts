import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Labels } from './labels.ts'
import { hasLabels, labelsText, parseLabels } from './labels_text.ts'
import { parseJobSpec } from '../parse.ts'

const READ: [text: string, labels: Labels][] = [
  ['', {}],
  ['pool=a100', { pool: 'a100' }],
  ['site=oslo,pool=a100', { pool: 'a100', site: 'oslo' }],
  ['pool=a100 , site=oslo,', { pool: 'a100', site: 'oslo' }],
  ['topology.kubernetes.io/zone=eu-north-1a', { 'topology.kubernetes.io/zone': 'eu-north-1a' }],
]
for (const [text, labels] of READ) {
  test(`parseLabels() reads "${text}", and labelsText() writes it by name`, () => {
    assert.deepEqual(parseLabels(text), labels)
    assert.deepEqual(parseLabels(labelsText(labels)), labels)
    const names = Object.keys(parseLabels(labelsText(labels)))
    assert.deepEqual(names, names.toSorted())
  })
}

const WORD = '1 to 63 of A-Z a-z 0-9 . _ / -'
const MISTAKES: [text: string, told: string][] = [
  ['pool', `must be pairs such as pool=a100,site=oslo, each side ${WORD}: current value is "pool"`],
  ['pool=', `must be pairs such as pool=a100,site=oslo, each side ${WORD}: current value is "pool="`],
  ['pool = a100', `must be pairs such as pool=a100,site=oslo, each side ${WORD}: current value is "pool = a100"`],
  ['__proto__=a', `must be pairs such as pool=a100,site=oslo, each side ${WORD}: current value is "__proto__=a"`],
  ['pool=a,pool=b', 'must be pairs of different names, and "pool" is there twice: current value is "pool=a,pool=b"'],
  [
    'a=1,b=1,c=1,d=1,e=1,f=1,g=1,h=1,i=1',
    'must be at most 8 pairs: current value is "a=1,b=1,c=1,d=1,e=1,f=1,g=1,h=1,i=1"',
  ],
]
for (const [text, message] of MISTAKES) {
  test(`parseLabels() refuses "${text}", and says what is wanted`, () => {
    assert.throws(() => parseLabels(text), { name: 'RangeError', message })
  })
}

const MATCHES: [own: Labels, asked: Labels, has: boolean][] = [
  [{}, {}, true],
  [{ pool: 'a100' }, {}, true],
  [{ pool: 'a100', site: 'oslo' }, { site: 'oslo' }, true],
  [{ pool: 'a100' }, { pool: 'h100' }, false],
  [{ pool: 'a100' }, { pool: 'a100', site: 'oslo' }, false],
  [{}, { constructor: 'a' }, false],
]
test('hasLabels() wants every label that is asked for, with its value', () => {
  for (const [own, asked, has] of MATCHES) assert.equal(hasLabels(own, asked), has, JSON.stringify([own, asked]))
})

const JOB = { model: { cell: 'lstm' }, data: { task: 'adding' } }
const BAD: [labels: unknown, pointers: string[]][] = [
  [{ pool: '' }, ['/resources/labels/pool']],
  [{ pool: 1 }, ['/resources/labels/pool']],
  [{ 'a pool': 'a', pool: 'a b' }, ['/resources/labels/a pool', '/resources/labels/pool']],
  [{ 'a:b': 'a{' }, ['/resources/labels/a:b']],
  ['pool=a100', ['/resources/labels']],
  [Object.fromEntries(Array.from({ length: 9 }, (_, at) => [`l${at}`, 'x'])), ['/resources/labels']],
]
for (const [labels, pointers] of BAD) {
  test(`parseJobSpec() refuses the labels ${JSON.stringify(labels)}`, () => {
    const checked = parseJobSpec({ ...JOB, resources: { labels } })
    assert.ok(!checked.ok)
    assert.deepEqual(
      checked.faults.map(({ pointer }) => pointer),
      pointers,
    )
  })
}

test('a job asks for no labels unless it says so', () => {
  const checked = parseJobSpec(JOB)
  assert.deepEqual(checked.ok && checked.value.resources.labels, {})
})
