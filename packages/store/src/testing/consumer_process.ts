// A worker process to be killed: takes a job, says so, and never ends it. Arguments: address, prefix, timing as JSON.

import { openStore } from '../store.ts'
import type { Timing } from '../redis/timing.ts'

const [url = '', prefix = '', timing = '{}'] = process.argv.slice(2)
const store = await openStore({ url, prefix, timing: JSON.parse(timing) as Partial<Timing> })
store.queue.consume(
  async (jobId) => {
    const claim = await store.jobs.claim(jobId, 'wrk_killed')
    if ('epoch' in claim) await store.jobs.move(jobId, claim.epoch, 'running')
    process.send?.(jobId)
    return await new Promise(() => {})
  },
  { slots: 1 },
)
