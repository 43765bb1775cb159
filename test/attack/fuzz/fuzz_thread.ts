// The thread that a parser is fuzzed in: an input that never ends, or needs more memory than there is, ends this thread alone.

import { parentPort, workerData } from 'node:worker_threads'
import { Coverage } from './coverage.ts'
import { Fuzzing } from './fuzzing.ts'
import { DESK_WORDS, type Commission } from './tally.ts'

const { target: name, inputs, seed, kept, desk } = workerData as Commission
const words = new Int32Array(desk, 0, DESK_WORDS)
const bytes = new Uint8Array(desk, DESK_WORDS * Int32Array.BYTES_PER_ELEMENT)
const onInput = (input: Uint8Array) => {
  bytes.set(input)
  Atomics.store(words, 1, input.length)
  Atomics.add(words, 0, 1)
}
const coverage = new Coverage() // before the parsers are loaded
const { loadTarget } = await import('./targets.ts')
const target = await loadTarget(name)
const fuzzing = new Fuzzing(target, [...(await target.seeds()), ...kept], { coverage, onInput })
const tally = await fuzzing.run(name, { inputs, seed })
coverage.stop()
parentPort?.postMessage(tally, [])
