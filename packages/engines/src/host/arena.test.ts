import assert from 'node:assert/strict'
import test from 'node:test'
import { Arena } from './arena.ts'

interface Handle {
  readonly id: number
}

function arena(): { arena: Arena<Handle>; freed: number[] } {
  const freed: number[] = []
  return { arena: new Arena<Handle>(({ id }) => freed.push(id)), freed }
}

test('scope() frees what was made in it but for tensors in its result, however nested', () => {
  const { arena: own, freed } = arena()
  const result = own.scope(() => {
    const [a, b, c] = [1, 2, 3].map((id) => own.own({ id }))
    return { a, list: [{ c }], unused: b!.id }
  })
  assert.deepEqual(freed, [2])
  assert.equal(own.live, 2)
  own.release(result.a!)
  assert.deepEqual(freed, [2, 1])
})

test('scope() hands its result to the scope around it', () => {
  const { arena: own, freed } = arena()
  own.scope(() => {
    own.scope(() => own.own({ id: 1 }))
    assert.deepEqual(freed, [])
  })
  assert.deepEqual(freed, [1])
})

test('scope() frees everything made in it when its body throws', () => {
  const { arena: own, freed } = arena()
  assert.throws(() =>
    own.scope(() => {
      own.own({ id: 1 })
      throw new Error('broken')
    }),
  )
  assert.deepEqual(freed, [1])
  assert.equal(own.live, 0)
})

test('scope() leaves alone what was made outside it', () => {
  const { arena: own, freed } = arena()
  const outside = own.own({ id: 1 })
  own.scope(() => outside)
  own.scope(() => undefined)
  assert.deepEqual(freed, [])
})
