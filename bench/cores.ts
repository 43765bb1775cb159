import { Worker } from 'node:worker_threads'
import { setTimeout as sleep } from 'node:timers/promises'
import { bench, count } from './command.ts'
import { quantile } from './timing.ts'

const TURNS = 20_000

const COMMAND = {
  name: 'cores',
  question:
    'How long does a number take from one core to another and back? Two threads hand it to each other. Cores that share no last-level cache take several times as long, and so do small steps, whose shards read what the other core wrote. A virtual machine may change from one to the other as it runs. Set the cores with taskset.',
  options: {
    samples: count(20, 'one after the other'),
    every_ms: count(500, 'from one to the next'),
  },
} as const

await bench(COMMAND, async ({ samples, every_ms }) => {
  const turn = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT))
  const times: number[] = []
  for (let sample = 0; sample < samples; sample++) {
    times.push(await roundTrip(turn))
    await sleep(every_ms)
  }
  const at = (share: number) => quantile(times, share).toFixed(0)
  process.stdout.write(`${times.map((ns) => ns.toFixed(0)).join(' ')}\n`)
  process.stdout.write(`ns there and back, of ${samples}: least ${at(0)}, median ${at(0.5)}, most ${at(1)}\n`)
})

/** Nanoseconds that a number takes to another thread and back, which both look at without a pause. */
async function roundTrip(turn: Int32Array): Promise<number> {
  turn[0] = -1
  const other = new Worker(answer(), { eval: true, workerData: { turn, turns: TURNS } })
  while (Atomics.load(turn, 0) !== 0); // until it has started
  const start = performance.now()
  for (let own = 1; own < 2 * TURNS; own += 2) {
    Atomics.store(turn, 0, own)
    while (Atomics.load(turn, 0) !== own + 1);
  }
  const ms = performance.now() - start
  await other.terminate()
  return (ms * 1e6) / TURNS
}

/** What the other thread does: it adds 1 to each odd number. */
function answer(): string {
  return `
    const { turn, turns } = require('node:worker_threads').workerData
    Atomics.store(turn, 0, 0)
    for (let next = 1; next < 2 * turns; next += 2) {
      while (Atomics.load(turn, 0) !== next);
      Atomics.store(turn, 0, next + 1)
    }`
}
