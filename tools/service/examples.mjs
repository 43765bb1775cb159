import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { root } from '../repository.mjs'

/** The jobs a new data folder gets, in this order: files below `examples/`. */
const EXAMPLES = ['adding-rnn.json', 'adding-relu.json', 'adding-lstm.json']

/**
 * Submits the example jobs, once in the life of a data folder.
 * @param {string} address of the service
 * @param {{ dataFolder: string, key?: string, signal: AbortSignal }} options `key` of the service, where it needs one
 */
export async function submitExamples(address, { dataFolder, key, signal }) {
  const marker = join(dataFolder, 'examples-submitted')
  if (existsSync(marker)) return
  for (const name of EXAMPLES) {
    const response = await fetch(`${address}/v1/jobs`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(key !== undefined && { authorization: `Bearer ${key}` }) },
      body: readFileSync(join(root, 'examples', name)),
      signal,
    })
    const answer = await response.text()
    if (!response.ok) throw new Error(`Cannot submit examples/${name}: ${response.status} ${answer}`)
    console.log(`  ✓ Example job ${JSON.parse(answer).id} (examples/${name})`)
  }
  writeFileSync(marker, `${new Date().toISOString()}\n`)
}
