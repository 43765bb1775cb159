import assert from 'node:assert/strict'
import { test } from 'node:test'
import { drawPlot, measureScale, type Curve } from './plot.ts'

const SIZE = { columns: 22, rows: 3 }

function curveOf(values: readonly (number | null)[]): Curve {
  const isMarked = values.map((value) => value !== null && !Number.isFinite(value))
  return { steps: values.map((_, at) => at + 1), low: values, high: values, isMarked }
}

const PLOTS: [what: string, values: (number | null)[], isLog: boolean, lines: string[]][] = [
  [
    'rises from the lower left to the upper right',
    [0, 1, 2],
    false,
    ['         2 ┤⠀⠀⠀⠀⠀⠀⠀⠀⠀⠈', '           ┤⠀⠀⠀⠀⠀⠄⠀⠀⠀⠀', '         0 ┤⡀⠀⠀⠀⠀⠀⠀⠀⠀⠀', '            1        3'],
  ],
  [
    'is on a log axis where its values span decades, and marks what is not finite above',
    [1, NaN, 1000],
    true,
    [
      '                 !    ',
      '      1000 ┤⠀⠀⠀⠀⠀⠀⠀⠀⠀⠈',
      '           ┤⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀',
      '         1 ┤⡀⠀⠀⠀⠀⠀⠀⠀⠀⠀',
      '            1        3',
    ],
  ],
]
for (const [what, values, isLog, lines] of PLOTS)
  test(`a chart ${what}`, () => {
    const curve = curveOf(values)
    const scale = measureScale([curve])
    assert.ok(scale)
    assert.equal(scale.isLog, isLog)
    assert.deepEqual(drawPlot(curve, scale, SIZE), lines)
  })

test('a bucket is a bar from its least to its greatest value', () => {
  const curve: Curve = { steps: [1], low: [0], high: [8], isMarked: [false] }
  const scale = measureScale([curve])
  assert.ok(scale)
  const bars = drawPlot(curve, scale, SIZE).slice(0, 3)
  assert.deepEqual(
    bars.map((line) => line.at(12)),
    ['⡇', '⡇', '⡇'],
  )
})

test('there is no scale without a finite value', () => {
  assert.equal(measureScale([curveOf([NaN, null, Infinity])]), undefined)
})
