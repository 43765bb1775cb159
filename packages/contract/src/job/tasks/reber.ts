import { Type } from 'typebox'
import { chanceOfLabels, type Outcome } from './memoryless.ts'
import { defineTask } from './task.ts'

/** B, T, P, S, X, V, E: an edge reads one of them. */
const SYMBOLS = 'BTPSXVE'

/** By node, the symbols that may follow and where they lead; each is as likely as the other. */
type Automaton = readonly (readonly { readonly symbol: number; readonly to: number }[])[]

/** Reber 1967: from the first node to the end behind the last. */
const INNER = ['B1', 'T2 P3', 'S2 X4', 'T3 V5', 'X3 S6', 'P4 V6', 'E7']
const START = 0
/** Nodes of an inner grammar, and the one behind it. */
const INNER_NODES = INNER.length + 1
const FIRST_INNER = 2
/** The last symbol, E, is left; behind it is the end. */
const LAST = FIRST_INNER + 2 * INNER_NODES
const END = LAST + 1

/** `T3` reads T and leads to node 3 behind the offset. */
function parseEdge(text: string, offset = 0): Automaton[number][number] {
  return { symbol: SYMBOLS.indexOf(text.charAt(0)), to: offset + Number(text.slice(1)) }
}

/** B, T or P, the inner grammar, the same of T and P again, E: two copies of the inner grammar remember which it was. */
function embed(): Automaton {
  const outer = ['T', 'P'].map((letter, copy) => {
    const offset = FIRST_INNER + copy * INNER_NODES
    return [
      ...INNER.map((row) => row.split(' ').map((text) => parseEdge(text, offset))),
      [parseEdge(`${letter}${LAST}`)],
    ]
  })
  const choice = [parseEdge(`T${FIRST_INNER}`), parseEdge(`P${FIRST_INNER + INNER_NODES}`)]
  return [[parseEdge('B1')], choice, ...outer.flat(), [parseEdge(`E${END}`)]]
}

export const EMBEDDED_REBER = { edges: embed(), start: START, last: LAST, end: END }

const EDGES = EMBEDDED_REBER.edges.flatMap((from, node) =>
  from.map((edge) => ({ node, ...edge, share: 1 / from.length })),
)

/** The symbols that may follow at a node, as labels. */
export function followers(node: number): number[] {
  const { edges, end, start } = EMBEDDED_REBER
  const follow = edges[node === end ? start : node]!
  return Array.from(SYMBOLS, (_, symbol) => Number(follow.some((edge) => edge.symbol === symbol)))
}

/** Steps after which hardly a string goes on, and after which strings that follow each other are as likely at any node. */
const MIXED = 500

/** By steps that are left and node: how likely the string comes to its last symbol in them. */
function findFinishing(T: number): number[][] {
  const { edges, last } = EMBEDDED_REBER
  const table = [edges.map((_, node) => Number(node === last))]
  for (let left = 1; left <= Math.min(T, MIXED); left++)
    table.push(
      edges.map((from, node) =>
        node === last ? 1 : from.reduce((sum, { to }) => sum + table[left - 1]![to]! / from.length, 0),
      ),
    )
  return table
}

/** Every node at every step, as often as strings come to it that fit into T steps, or that follow each other. */
function* enumerateOutcomes(isContinual: boolean, T: number): Generator<Outcome> {
  const { edges, start, end } = EMBEDDED_REBER
  const finishing = isContinual ? undefined : findFinishing(T)
  const steps = Math.min(T, MIXED)
  let reached = edges.map((_, node) => Number(node === start))
  for (let step = 0; step < steps; step++) {
    const next = edges.map(() => 0)
    const repeated = isContinual && step === steps - 1 ? T - step : 1
    for (const { node, symbol, to, share } of EDGES) {
      const isOver = to === end
      if (reached[node] === 0 || (isOver && !isContinual)) continue
      const likely = reached[node]! * share
      next[isOver ? start : to]! += likely
      const finished = finishing?.[Math.min(T - 1 - step, MIXED)]![to] ?? 1
      yield { step, input: symbol, targets: followers(to), weight: likely * finished * repeated }
    }
    reached = next
  }
}

export const reber = defineTask('reber', {
  description:
    'The network says at each step which symbols may follow in the embedded Reber grammar, whose last but one is its second',
  source: 'Hochreiter and Schmidhuber 1997, experiment 1; continual as in Gers, Schmidhuber and Cummins 2000',
  solved: { accuracy: 0.9999 },
  foretells: true,
  own: {
    continual: Type.Boolean({
      default: false,
      description: 'Strings follow each other to the end of the sequence, in place of one string that fits into it.',
    }),
  },
  pose: ({ continual }, T) => ({
    inputs: { kind: 'symbols', size: SYMBOLS.length },
    readout: { kind: 'sigmoid', size: SYMBOLS.length },
    mode: 'many_to_many',
    get chance() {
      return chanceOfLabels(enumerateOutcomes(continual, T))
    },
    lag: 7, // of the shortest string; others have more
    minimumLength: 8,
  }),
})
