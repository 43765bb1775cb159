import assert from 'node:assert/strict'
import { test } from 'node:test'
import { formatAge, formatBytes, formatCount, formatName, formatValue } from './format.ts'

const NOW = Date.parse('2026-01-02T03:04:05Z')

for (const [name, got, wanted] of [
  ['formatCount(1234567)', formatCount(1_234_567), '1,234,567'],
  ['formatValue(0.0123456)', formatValue(0.0123456), '0.01235'],
  ['formatValue(-2)', formatValue(-2), '−2'],
  ['formatValue(0)', formatValue(0), '0'],
  ['formatValue(1.5e-7)', formatValue(1.5e-7), '1.5e−7'],
  ['formatValue(123456789)', formatValue(123_456_789), '1.235e8'],
  ['formatValue(NaN)', formatValue(Number.NaN), 'NaN'],
  ['formatValue(Infinity)', formatValue(Infinity), '+Infinity'],
  ['formatValue(-Infinity)', formatValue(-Infinity), '−Infinity'],
  ['formatAge() of 2 s', formatAge('2026-01-02T03:04:03Z', NOW), 'just now'],
  ['formatAge() of 30 s', formatAge('2026-01-02T03:03:35Z', NOW), '30 s ago'],
  ['formatAge() of 3 h', formatAge('2026-01-02T00:00:05Z', NOW), '3 h ago'],
  ['formatAge() of a time to come', formatAge('2026-01-02T04:00:00Z', NOW), 'just now'],
  ['formatName("user_cancelled")', formatName('user_cancelled'), 'user cancelled'],
  ['formatBytes(0)', formatBytes(0), '0 B'],
  ['formatBytes(1572864)', formatBytes(1_572_864), '1.5 MiB'],
] as const) {
  test(`${name} is "${wanted}"`, () => {
    assert.equal(got, wanted)
  })
}
