import type { Code } from './codes.ts'
import { sources, type Instruction, type Value } from './value.ts'

/**
 * Codes that need whole matrices, by when their turn comes: the others go row by row, together, as long as none of these comes
 * between them. A product comes last as it pushes what was made before out of the first cache.
 */
const TURNS: Partial<Readonly<Record<Code, number>>> = { norm: 1, log10Norm: 1, sum: 1, multiply: 2 }
const TURN_COUNT = 3

/**
 * The values of a step in the order in which they are made, each after what it is made from.
 * @param values In the order in which they were traced, which is kept within a turn.
 * @param added Products that are made as part of an addition, by that addition.
 */
export function schedule(values: readonly Value[], added: ReadonlyMap<Value, Instruction>): readonly Value[] {
  const places = new Map(values.map((value, place) => [value, place]))
  const within = new Set<Value>(added.values())
  const turns = values.map((value) => {
    if (value.kind !== 'instruction' || within.has(value)) return 0
    return TURNS[added.get(value)?.code ?? value.code] ?? 0
  })
  const waiting = values.map((value) => new Set(sources(value).flatMap((source) => places.get(source) ?? [])))
  const users = values.map((): number[] => [])
  for (const [place, awaited] of waiting.entries()) for (const source of awaited) users[source]!.push(place)

  /** The places of those that wait for nothing, by turn, ascending. */
  const ready = Array.from({ length: TURN_COUNT }, (): number[] => [])
  const enter = (place: number): void => {
    const own = ready[turns[place]!]!
    const at = own.findLastIndex((other) => other < place)
    own.splice(at + 1, 0, place)
  }
  for (const [place, awaited] of waiting.entries()) if (awaited.size === 0) enter(place)
  const ordered: Value[] = []
  for (let own = nextTurn(ready); own !== undefined; own = nextTurn(ready)) {
    const place = own.shift()!
    ordered.push(values[place]!)
    for (const user of users[place]!) if (waiting[user]!.delete(place) && waiting[user]!.size === 0) enter(user)
  }
  return ordered
}

function nextTurn(ready: readonly number[][]): number[] | undefined {
  return ready.find((own) => own.length > 0)
}
