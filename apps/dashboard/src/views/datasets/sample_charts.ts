import { sampleChart, type SampleLine } from '../../charts/sample_chart.ts'
import { element } from '../../dom/element.ts'
import { formatCount, formatValue } from '../../format.ts'
import type { DatasetField, SampleSequence } from '@unroll/client'

const COLOURS = 6

/** Sequences as small charts, all fields of numbers in one, each in its own range; symbols as they are. */
export function sampleCharts(samples: readonly SampleSequence[], fields: readonly DatasetField[]): HTMLElement[] {
  const drawn = fields.filter(({ per, type }) => per === 'step' && type === 'number')
  const written = fields.filter(({ per, type }) => per === 'step' && type === 'category')
  const told = fields.filter(({ per, width }) => per === 'sequence' && width === 1)
  const charts = samples.map((sample) => {
    const words = [
      `${formatCount(sample.length)} ${sample.length === 1 ? 'step' : 'steps'}`,
      ...told.map(({ name }) => `${name} ${shown(sample.values[name])}`),
    ].join(' · ')
    const label = `Sequence ${sample.index + 1}: ${words}`
    return element(
      'li',
      {},
      element(
        'p',
        { class: 'sample-head' },
        element('span', { class: 'quiet', text: `${sample.index + 1}` }),
        ` ${words}`,
      ),
      ...(drawn.length === 0 ? [] : [sampleChart(toLines(sample, drawn), label) as unknown as HTMLElement]),
      ...written.map(({ name }) =>
        element('p', { class: 'sample-symbols', text: joinSymbols(sample.values[name]), attributes: { title: name } }),
      ),
    )
  })
  const cut = samples.some(({ length, values }) => drawn.some(({ name }) => measureSize(values[name]) < length))
  const list = element(
    'ol',
    { class: 'samples', testId: 'samples', attributes: { 'data-count': String(charts.length) } },
    ...charts,
  )
  const note = [
    ...(drawn.length > 1 || (drawn[0]?.width ?? 1) > 1
      ? ['each field in its own range, from its least to its greatest value']
      : []),
    ...(cut ? ['of long sequences the first steps'] : []),
  ].join('; ')
  return [
    ...(drawn.length > 1 ? [createLegend(drawn)] : []),
    list,
    ...(note === '' ? [] : [element('p', { class: 'quiet', text: `Drawn: ${note}.` })]),
  ]
}

function createLegend(fields: readonly DatasetField[]): HTMLElement {
  const items = fields.map(({ name }, at) => {
    const swatch = element('span', { class: 'swatch', attributes: { 'aria-hidden': 'true' } })
    swatch.style.setProperty('--swatch', `var(--series-${colourAt(at)})`)
    return element('span', { class: 'readout-item' }, swatch, name)
  })
  return element('div', { class: 'readout' }, ...items)
}

/** A field has one colour; of a single field each number of a step has its own. */
function toLines({ values }: SampleSequence, fields: readonly DatasetField[]): SampleLine[] {
  return fields.flatMap(({ name, width, min, max }, at) => {
    const rows = Array.isArray(values[name]) ? (values[name] as unknown[]) : []
    return Array.from({ length: width }, (_, column) => ({
      values: rows.map((row) => toNumber(width === 1 ? row : (row as unknown[] | null)?.[column])),
      min: min ?? 0,
      max: max ?? 1,
      colour: colourAt(fields.length === 1 ? column : at),
    }))
  })
}

function colourAt(at: number): number {
  return (at % COLOURS) + 1
}

function toNumber(value: unknown): number | null {
  return typeof value === 'number' ? value : null
}

function measureSize(value: unknown): number {
  return Array.isArray(value) ? value.length : Infinity
}

function joinSymbols(value: unknown): string {
  return Array.isArray(value) ? value.map((symbol) => String(symbol ?? '–')).join(' ') : ''
}

function shown(value: unknown): string {
  if (value === null || value === undefined) return 'missing'
  return typeof value === 'number' ? formatValue(value) : typeof value === 'string' ? value : JSON.stringify(value)
}
