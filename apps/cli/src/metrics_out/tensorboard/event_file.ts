import type { Run, RunBatch } from '../run_rows.ts'
import { histogramValue, scalarValue, summaryEvent, textValue, vectorValue, versionEvent } from './event.ts'
import { countHistogram } from '../histogram.ts'
import { frameRecord } from './record_file.ts'

/** The tags of the distribution of a list over its time steps begin with it. */
const HISTOGRAM = 'histogram/'

/**
 * An event file of TensorBoard: each number a scalar, each list of the flow a tensor of its time steps and the histogram of
 * its finite values, the specification a text.
 */
export async function* eventFileChunks({ job, batches }: Run): AsyncGenerator<Uint8Array> {
  const start = Date.parse(job.created_at)
  yield frameRecord(versionEvent(start))
  yield frameRecord(summaryEvent({ time: start, step: 0 }, [textValue('spec', markdownCode(job.spec))]))
  for await (const batch of batches)
    for (const [row, step] of batch.steps.entries())
      yield frameRecord(summaryEvent({ time: batch.times[row]!, step }, [...listValues(batch, row)]))
}

function* listValues({ numbers, lists }: RunBatch, row: number) {
  for (const [name, { [row]: value }] of numbers)
    if (value !== null && value !== undefined) yield scalarValue(name, value)
  for (const [name, { [row]: list }] of lists) {
    const values = (list ?? []).filter((value) => value !== null)
    if (values.length === 0) continue
    yield vectorValue(name, values)
    const histogram = countHistogram(values)
    if (histogram !== undefined) yield histogramValue(`${HISTOGRAM}${name}`, histogram)
  }
}

/** Four spaces in front of a line make it code. */
function markdownCode(value: object): string {
  return JSON.stringify(value, null, 2).replace(/^/gm, '    ')
}
