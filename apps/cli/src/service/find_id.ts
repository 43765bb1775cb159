import type { UnrollClient } from '@unroll/client'
import { UsageError } from '../usage_error.ts'

/** The newest things among which a word is looked for. */
const LOOKED_AT = 1_000
/** Things that an error message names. */
const NAMED = 5
/** Letters of the end of an id that are enough: ids begin with their time, so that those of one day begin alike. */
const END = 4

interface Thing {
  id: string
  name?: string | null
}

interface Kind {
  noun: string
  /** What its ids begin with. */
  prefix: string
  /** All of the kind, newest first. */
  each: (client: UnrollClient, signal: AbortSignal) => AsyncIterable<Thing>
}

const PAGE = { limit: 100 }

/** What an argument may name otherwise than by a whole id, by the name of the argument. */
export const KINDS: Readonly<Record<'job' | 'sweep' | 'dataset' | 'weights' | 'worker' | 'key', Kind>> = {
  job: { noun: 'job', prefix: 'job_', each: ({ jobs }, signal) => jobs.each(PAGE, { signal }) },
  sweep: { noun: 'sweep', prefix: 'sweep_', each: ({ sweeps }, signal) => sweeps.each(PAGE, { signal }) },
  dataset: { noun: 'data set', prefix: 'ds_', each: ({ datasets }, signal) => datasets.each(PAGE, { signal }) },
  weights: { noun: 'weights', prefix: 'wts_', each: ({ weights }, signal) => weights.each(PAGE, { signal }) },
  worker: { noun: 'worker', prefix: 'wrk_', each: eachWorker },
  key: { noun: 'key', prefix: 'key_', each: eachKey },
}

/** The kind of what an argument names; undefined if ids of it cannot be listed. */
export function kindOf(argument: string): Kind | undefined {
  return Object.hasOwn(KINDS, argument) ? KINDS[argument as keyof typeof KINDS] : undefined
}

/**
 * The id that a word means: a whole id, its unique beginning (with or without `job_`) or end, a name, `latest`, or `@2`
 * for the second newest. Whole ids cost no request.
 *
 * @throws {UsageError} if it means none, or several
 */
export async function findId(
  client: UnrollClient,
  { noun, prefix, each }: Kind,
  word: string,
  signal: AbortSignal,
): Promise<string> {
  if (new RegExp(`^${prefix}[0-9a-z]{20}$`).test(word)) return word
  const place = word === 'latest' ? 1 : Number(/^@([1-9]\d*)$/.exec(word)?.[1] ?? 0)
  const found: Thing[] = []
  let count = 0
  for await (const thing of each(client, signal)) {
    count += 1
    if (count === place) return thing.id
    if (place === 0 && means(word, thing, prefix)) found.push(thing)
    if (count === Math.max(place, LOOKED_AT)) break
  }
  if (place > 0) throw new UsageError(`finds no ${noun} "${word}": there are ${count}`)
  return chooseOnly(found, { word, noun, count })
}

/** The ids of a kind, newest first, for a shell that completes them. */
export async function* listIds(client: UnrollClient, { each }: Kind, signal: AbortSignal): AsyncGenerator<string> {
  let left = PAGE.limit
  for await (const { id } of each(client, signal)) {
    yield id
    left -= 1
    if (left === 0) return
  }
}

function means(word: string, { id, name }: Thing, prefix: string): boolean {
  if (word === '') return false
  return (
    id.startsWith(word) || id.startsWith(prefix + word) || (word.length >= END && id.endsWith(word)) || name === word
  )
}

function chooseOnly(
  found: readonly Thing[],
  { word, noun, count }: { word: string; noun: string; count: number },
): string {
  const byName = found.filter(({ name }) => name === word)
  const [only, ...others] = byName.length === 1 ? byName : found
  if (only === undefined) throw new UsageError(`finds no ${noun} "${word}" among the newest ${count}`)
  if (others.length === 0) return only.id
  const named = found.slice(0, NAMED).map(({ id, name }) => (name && name !== id ? `${id} (${name})` : id))
  const more = found.length > NAMED ? ` and ${found.length - NAMED} more` : ''
  throw new UsageError(`"${word}" is ambiguous: it may be ${named.join(', ')}${more}`)
}

async function* eachWorker(client: UnrollClient, signal: AbortSignal): AsyncGenerator<Thing> {
  const { data } = await client.workers({ signal })
  yield* data.map(({ id, host }) => ({ id, name: host }))
}

async function* eachKey({ keys }: UnrollClient, signal: AbortSignal): AsyncGenerator<Thing> {
  yield* (await keys.list({ signal })).data
}
