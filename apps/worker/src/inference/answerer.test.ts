import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { parseJobSpec } from '@unroll/contract'
import type { AnswerPart } from '@unroll/store'
import { Answerer } from './answerer.ts'

const ID = '0'.repeat(20)

test('a checkpoint that is deleted after its request was admitted is told, and asked for again it is looked for again', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'unroll-answerer-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const parsed = parseJobSpec({ model: { cell: 'gru' }, data: { task: 'adding' } })
  assert.ok(parsed.ok)
  const parts: [id: string, part: AnswerPart][] = []
  const noEngine = () => Promise.reject(new Error('no engine is needed'))
  const answerer = new Answerer(noEngine, (id, part) => parts.push([id, part]))
  const asked = {
    type: 'predict',
    engine: 'cpu',
    artifacts: `file:${folder}`,
    spec: parsed.value,
    checkpoint: {
      id: `ckpt_${ID}`,
      object: 'checkpoint',
      job: `job_${ID}`,
      epoch: 1,
      step: 3,
      created_at: '2026-11-28T21:00:00.000Z',
      bytes: 8,
      sha256: '0'.repeat(64),
      metrics: {},
    },
    trace: { checkpoint: 'best' },
  } as const
  for (const id of ['first', 'second']) await answerer.answer({ ...asked, id })
  assert.deepEqual(
    parts.map(([id, part]) => [id, part.type, part.type === 'failed' ? part.code : undefined]),
    ['first', 'second'].map((id) => [id, 'failed', 'CHECKPOINT_NOT_FOUND']),
  )
})
