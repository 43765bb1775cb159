// The page of `unroll report`: a run as it was recorded, without a service.

import '../locale.ts' // before uPlot is loaded
import 'uplot/dist/uPlot.min.css'
import '../style.css'
import { UnrollClient } from '@unroll/client'
import { pagePace } from '../data/page_pace.ts'
import { element } from '../dom/element.ts'
import { showRun } from '../views/run/run.ts'
import { answerFrom } from './answer_from.ts'
import { readRecord } from './record.ts'

const content = byId('content')

try {
  const record = await readRecord(byId('record').textContent ?? '')
  byId('made').textContent = `${record.job.name}, recorded ${new Date(record.recorded_at).toLocaleString()}`
  const { signal } = new AbortController()
  showRun(
    content,
    {
      client: new UnrollClient({ fetch: answerFrom(record) }),
      pace: pagePace(),
      connection: { succeeded: () => {}, failed: (error) => showFault(error) },
      recordedAt: Date.parse(record.recorded_at),
      signal,
    },
    record.job.id,
  )
} catch (error) {
  showFault(error)
}

function showFault(error: unknown): void {
  const words = error instanceof Error ? error.message : String(error)
  content.prepend(element('p', { class: 'fault', text: `This report cannot be read: ${words}` }))
}

function byId(id: string): HTMLElement {
  const found = document.getElementById(id)
  if (found === null) throw new Error(`Cannot start as the page has no element with id "${id}"`)
  return found
}
