import type { Ops } from '@unroll/bptt'
import { elements } from '../../shape.ts'
import type { Graph, Node } from '../graph/graph.ts'
import { reshape } from './movement.ts'

/** An update by Adam as our own kernel. */
export function adam(graph: Graph, { constant }: Pick<Ops<Node>, 'constant'>): NonNullable<Ops<Node>['adam']> {
  const one = constant(1)
  return ({
    parameter,
    gradient,
    m,
    v,
    stepSize,
    rootScale,
    kept = one,
    factors = [one, one],
    may = one,
    ...numbers
  }) => {
    const { shape } = parameter
    const { beta1, beta2, epsilon, largest = Infinity, decay } = numbers
    const made = graph.add(
      'UnrollAdam',
      [parameter, gradient, m, v, stepSize, rootScale, kept, ...factors, may],
      Array.from({ length: 3 }, () => ({ shape: [elements(shape)], dtype: 'float32' }) as const),
      {
        count: { int: elements(shape) },
        constants: { floats: [beta1, 1 - beta1, beta2, 1 - beta2, epsilon, largest, decay] },
      },
    )
    const [nextParameter, nextM, nextV] = made.map((each) => reshape(graph, each, shape))
    return { parameter: nextParameter!, m: nextM!, v: nextV! }
  }
}
