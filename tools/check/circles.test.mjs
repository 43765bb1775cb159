import assert from 'node:assert/strict'
import { test } from 'node:test'

import { importCircles } from './circles.mjs'

const specifiersOf = (/** @type {string} */ text) => text.split(' ').filter((word) => word.startsWith('.'))
const file = (/** @type {string} */ path, /** @type {string} */ text) => ({ path, text })

test('importCircles() finds a circle of three files in two folders, once', () => {
  const files = [
    file('p/src/a.ts', './b.ts'),
    file('p/src/b.ts', './in/c.ts'),
    file('p/src/in/c.ts', '../a.ts ./d.ts'),
    file('p/src/in/d.ts', ''),
  ]
  assert.deepEqual(importCircles(files, specifiersOf), [
    'p/src/a.ts → p/src/b.ts → p/src/in/c.ts → p/src/a.ts: imports go in a circle',
  ])
})

test('importCircles() takes two ways to the same file for no circle', () => {
  const files = [
    file('p/a.ts', './b.ts ./c.ts'),
    file('p/b.ts', './d.ts'),
    file('p/c.ts', './d.ts'),
    file('p/d.ts', ''),
  ]
  assert.deepEqual(importCircles(files, specifiersOf), [])
})
