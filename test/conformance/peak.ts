// A process that trains one update over a long window and prints how much more memory was resident at most than with the
// engine loaded and at work, in MiB. Arguments: engine, and steps of a segment, or none where everything is kept.

import { readFileSync } from 'node:fs'
import type { Batch, Program } from '@unroll/bptt'
import { selectEngine } from '@unroll/engines'
import { modelOf } from './networks.ts'
import { batchOf, program } from './programs.ts'

const T = 10_000
const SHORT = 10

const [name = '', segmentSteps] = process.argv.slice(2)
const { engine } = await selectEngine(name)
const given = program({ model: modelOf('lstm', { H: 64 }), batchSize: 16, shards: 2 })
const long = batchOf(given, 0, T)

async function update(what: Program, batch: Batch): Promise<void> {
  const session = await engine.open(what)
  const window = { from: 'initial', lossSteps: batch.steps, advance: batch.steps } as const
  await session.step(batch, window, { learningRate: 0.1, metrics: true, flow: true })
  session.dispose()
}

/** The most memory that was resident so far. */
function peakMib(): number {
  const [, kibibytes] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8')) ?? []
  return Number(kibibytes) / 1024
}

await update(given, batchOf(given, 0, SHORT))
const before = peakMib()
await update({ ...given, ...(segmentSteps !== undefined && { segmentSteps: Number(segmentSteps) }) }, long)
process.stdout.write(String(peakMib() - before))
engine.dispose()
