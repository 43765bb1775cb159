import { sources, type Instruction, type Value } from './value.ts'

/** How often each value that the results need is used. */
export function uses(results: readonly Value[]): ReadonlyMap<Value, number> {
  const counts = new Map<Value, number>()
  const visit = (value: Value): void => {
    const count = counts.get(value) ?? 0
    counts.set(value, count + 1)
    if (count === 0) for (const source of sources(value)) visit(source)
  }
  for (const result of results) visit(result)
  return counts
}

/** Sums of which one term is a product that nothing else needs: the product can start at the other term. */
export function addedProducts(
  values: readonly Value[],
  used: ReadonlyMap<Value, number>,
): ReadonlyMap<Value, Instruction> {
  const products = new Map<Value, Instruction>()
  for (const sum of values) {
    if (sum.kind !== 'instruction' || sum.code !== 'add' || !used.has(sum)) continue
    const [a, b] = sum.operands as [Value, Value]
    const isOwn = (x: Value, other: Value): x is Instruction =>
      x.kind === 'instruction' &&
      x.code === 'multiply' &&
      used.get(x) === 1 &&
      x.rows === sum.rows &&
      other.columns === sum.columns
    const product = isOwn(a, b) ? a : isOwn(b, a) ? b : undefined
    if (product !== undefined) products.set(sum, product)
  }
  return products
}
