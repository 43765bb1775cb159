import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { EvaluationReport } from '@unroll/contract'
import type { FromChild } from '../protocol.ts'
import { EVALUATIONS } from './evaluations.ts'
import { concludeRequest } from './recorded.ts'

const REPORT: EvaluationReport = { part: 'dataset', step: 3, targets: 1, scores: { loss: 1 } }
const failed = (passing: boolean): FromChild => ({
  type: 'failed',
  reason: 'storage_error',
  message: 'no disk',
  pointer: null,
  passing,
})

const AGAIN = undefined
const CASES: [
  what: string,
  last: FromChild | undefined,
  closing: boolean,
  isLast: boolean,
  code: string | null | undefined,
][] = [
  ['answers', { type: 'evaluated', report: REPORT }, false, false, null],
  ['answers while its worker closes', { type: 'evaluated', report: REPORT }, true, false, null],
  ['has no target', { type: 'evaluated', report: null }, false, false, 'invalid_dataset'],
  ['reads a damaged checkpoint', { type: 'corrupt', id: 'ckpt_1', why: 'bits' }, false, false, 'checkpoint_damaged'],
  ['fails for good', failed(false), false, false, 'storage_error'],
  ['fails in passing', failed(true), false, false, AGAIN],
  ['fails in passing for the last time', failed(true), false, true, 'storage_error'],
  ['is lost', undefined, false, false, AGAIN],
  ['is lost for the last time', undefined, false, true, 'worker_lost'],
  ['is killed as its worker closes', undefined, true, true, AGAIN],
]

for (const [what, last, isClosing, isLast, code] of CASES)
  test(`concludeRequest() of a child that ${what}: ${code === AGAIN ? 'again' : (code ?? 'succeeded')}`, () => {
    const ended = concludeRequest(last, { read: EVALUATIONS.read, isClosing, isLast })
    assert.equal(ended === undefined ? AGAIN : 'error' in ended ? ended.error.code : null, code)
    assert.equal(ended !== undefined && 'answer' in ended ? ended.answer : null, code === null ? REPORT : null)
  })
